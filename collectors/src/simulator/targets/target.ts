import type { Environment } from '../estate/estate.ts';
import { secondsSinceEpoch } from '../model/daily-load.ts';
import { type Harmonics, ripples } from '../model/harmonics.ts';
import { seedOf } from '../model/randomness.ts';
import type { EffectTimeline } from '../scenarios/effect-timeline.ts';
import { type EntityState, HEALTHY } from '../scenarios/entity-state.ts';
import { CounterExtras, grown } from './counter-extras.ts';
import type { Basis, Coefficients, SeriesSpec } from './series.ts';

export interface TargetPlan {
  readonly environment: Environment;
  readonly cluster: string;
  readonly service: string;
  readonly job: string;
  /** Counted from 1. */
  readonly instance: number;
  /** The `instance` label. */
  readonly address: string;
  /** The day's shape; its value is 1 in a busy hour. */
  readonly day: Harmonics;
  readonly series: readonly SeriesSpec[];
}

export interface TargetDeps {
  readonly seed: string;
  /** The timeline as it is now; it is replaced when scenarios start and stop. */
  readonly scenarios: { readonly timeline: EffectTimeline };
}

/** How often Prometheus scrapes in the estate. */
export const SCRAPE_INTERVAL_MS = 15_000;

const NOTHING: Basis = { load: 0, slow: 0, failed: 0, time: 0 };
const SLOW_SHARE = 0.06;
const FAILED_SHARE = 0.002;
const MAX_REMEMBERED = 2_000;

/** One exporter page: what it says at any moment. Pure in (seed, time, scenario runs). */
export class Target {
  readonly plan: TargetPlan;
  readonly #deps: TargetDeps;
  readonly #rates: { readonly load: Harmonics; readonly slow: Harmonics; readonly failed: Harmonics };
  /** Of each series its row among the counters, or -1. */
  readonly #counterOf: readonly number[];
  readonly #counters: readonly ((state: EntityState) => Coefficients)[];
  readonly #healthy: readonly Coefficients[];
  #extras: { readonly timeline: EffectTimeline; readonly counters: CounterExtras } | undefined;
  /** Remembered because a query for the history asks for the same scrapes once for every series. */
  readonly #basis = new Map<number, Basis>();

  constructor(plan: TargetPlan, deps: TargetDeps) {
    this.plan = plan;
    this.#deps = deps;
    const seed = (what: string): number => seedOf(`${deps.seed}/${plan.environment}/${plan.address}/${what}`);
    this.#rates = {
      load: plan.day.times(ripples(seed('load'), 0.3)),
      slow: plan.day.times(ripples(seed('slow'), 0.55)),
      failed: plan.day.times(ripples(seed('failed'), 0.6)),
    };
    const counters = plan.series.flatMap(({ source }) => (source.kind === 'counter' ? [source.grow] : []));
    let next = 0;
    this.#counterOf = plan.series.map(({ source }) => (source.kind === 'counter' ? next++ : -1));
    this.#counters = counters;
    this.#healthy = counters.map((grow) => grow(HEALTHY));
  }

  /** The labels Prometheus adds to everything scraped here. */
  get labels(): Readonly<Record<string, string>> {
    const { environment, cluster, service, job, address } = this.plan;
    return { environment, cluster, service, job, instance: address };
  }

  stateAt(ms: number): EntityState {
    const { environment, service, instance } = this.plan;
    return this.#deps.scenarios.timeline.stateAt(environment, service, { ms, instance });
  }

  /** Whether a scrape gets an answer. */
  isUp(ms: number): boolean {
    return !this.stateAt(ms).down;
  }

  /** When this target was or will be scraped: the last slot at or before `ms`. Targets are spread over the interval. */
  lastScrapeAt(ms: number): number {
    const offset = seedOf(`${this.plan.environment}/${this.plan.address}/offset`) % SCRAPE_INTERVAL_MS;
    return Math.floor((ms - offset) / SCRAPE_INTERVAL_MS) * SCRAPE_INTERVAL_MS + offset;
  }

  /** The value of one series (its index in `plan.series`), or `NaN` when it does not exist then. */
  valueAt(index: number, ms: number): number {
    const source = this.plan.series[index]?.source;
    if (source === undefined) {
      return Number.NaN;
    }
    if (source.kind === 'gauge') {
      const state = this.stateAt(ms);
      return source.read({ ms, state, load: this.#rates.load.valueAt(secondsSinceEpoch(ms)) * state.loadFactor });
    }
    const counter = this.#counterOf[index] ?? -1;
    const basis = this.#basisAt(ms);
    const total = grown(this.#healthy[counter] ?? {}, NOTHING, basis) + this.#currentExtras().at(counter, ms, basis);
    const scale = 10 ** source.decimals;
    return Math.floor(total * scale) / scale;
  }

  #basisAt(ms: number): Basis {
    const known = this.#basis.get(ms);
    if (known !== undefined) {
      return known;
    }
    if (this.#basis.size >= MAX_REMEMBERED) {
      this.#basis.clear();
    }
    const time = secondsSinceEpoch(ms);
    const { load, slow, failed } = this.#rates;
    const basis = {
      load: load.integralTo(time),
      slow: SLOW_SHARE * slow.integralTo(time),
      failed: FAILED_SHARE * failed.integralTo(time),
      time,
    };
    this.#basis.set(ms, basis);
    return basis;
  }

  #currentExtras(): CounterExtras {
    const { timeline } = this.#deps.scenarios;
    if (this.#extras?.timeline !== timeline) {
      const { environment, service, instance } = this.plan;
      const basisAt = (ms: number): Basis => this.#basisAt(ms);
      const input = { timeline, environment, entity: service, instance, counters: this.#counters, basisAt };
      this.#extras = { timeline, counters: new CounterExtras(input) };
    }
    return this.#extras.counters;
  }
}
