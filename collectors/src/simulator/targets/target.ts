import type { Environment } from '../estate/estate.ts';
import { secondsSinceEpoch } from '../model/daily-load.ts';
import { type Harmonics, ripples } from '../model/harmonics.ts';
import { seedOf } from '../model/randomness.ts';
import type { EffectTimeline } from '../scenarios/effect-timeline.ts';
import { type EntityState, HEALTHY } from '../scenarios/entity-state.ts';
import { CounterExtras, grown } from './counter-extras.ts';
import type { Basis, Coefficients, Grow, Moment, SeriesSpec } from './series.ts';

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
/** Nobody watches the small environments; one error there must not look like a broken service. */
const FAILED_SHARE = { customers: 0.002, tests: 0.0004 } as const;
const MAX_REMEMBERED = 2_000;

/** One exporter page: what it says at any moment. Pure in (seed, time, scenario runs). */
export class Target {
  readonly plan: TargetPlan;
  readonly #deps: TargetDeps;
  readonly #failedShare: number;
  readonly #rates: { readonly load: Harmonics; readonly slow: Harmonics; readonly failed: Harmonics };
  /** Of each series its row among the counters, or -1. */
  readonly #counterOf: readonly number[];
  readonly #counters: readonly Grow[];
  readonly #healthy: readonly Coefficients[];
  #extras: { readonly timeline: EffectTimeline; readonly counters: CounterExtras } | undefined;
  /** Remembered because a query for the history asks for the same scrapes once for every series. */
  readonly #basis = new Map<number, Basis>();
  readonly #counted = new Map<number, Map<number, Basis>>();

  constructor(plan: TargetPlan, deps: TargetDeps) {
    this.plan = plan;
    this.#deps = deps;
    this.#failedShare = plan.environment === 'prod' ? FAILED_SHARE.customers : FAILED_SHARE.tests;
    const seed = (what: string): number => seedOf(`${deps.seed}/${plan.environment}/${plan.address}/${what}`);
    this.#rates = {
      load: plan.day.times(ripples(seed('load'), 0.3)),
      slow: plan.day.times(ripples(seed('slow'), 0.55)),
      failed: plan.day.times(ripples(seed('failed'), 0.6)),
    };
    const counters = plan.series.flatMap(({ source }) => (source.kind === 'gauge' ? [] : [source.grow]));
    let next = 0;
    this.#counterOf = plan.series.map(({ source }) => (source.kind === 'gauge' ? -1 : next++));
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
    const counter = this.#counterOf[index] ?? -1;
    switch (source?.kind) {
      case undefined:
        return Number.NaN;
      case 'gauge':
        return source.read(this.#momentAt(ms));
      case 'bucket':
        return Math.ceil(this.#total(counter, this.#lastCounted(this.#counters.indexOf(source.count), ms)));
      case 'counter': {
        const scale = 10 ** source.decimals;
        return Math.floor(this.#total(counter, this.#basisAt(ms)) * scale) / scale;
      }
    }
  }

  #momentAt(ms: number): Moment {
    const { environment, service, instance } = this.plan;
    const state = this.stateAt(ms);
    const restartedAt = this.#deps.scenarios.timeline.lastRestart(environment, service, { ms, instance });
    return { ms, state, restartedAt, load: this.#rates.load.valueAt(secondsSinceEpoch(ms)) * state.loadFactor };
  }

  /** Drops what was remembered to answer repeated questions about the same moments. */
  forget(): void {
    this.#basis.clear();
    this.#counted.clear();
  }

  #total(counter: number, basis: Basis): number {
    return grown(this.#healthy[counter] ?? {}, NOTHING, basis) + this.#currentExtras().at(counter, basis);
  }

  #basisAt(ms: number): Basis {
    return remembered(this.#basis, ms, () => this.#basisAtSecond(secondsSinceEpoch(ms)));
  }

  #basisAtSecond(time: number): Basis {
    const { load, slow, failed } = this.#rates;
    return {
      load: load.integralTo(time),
      slow: SLOW_SHARE * slow.integralTo(time),
      failed: this.#failedShare * failed.integralTo(time),
      time,
    };
  }

  /**
   * The basis at the moment when the counter last became a new whole number: what its histogram's buckets have seen. Depends on
   * that number alone, not on when it is asked for, else rounding could make a bucket fall.
   */
  #lastCounted(counter: number, ms: number): Basis {
    const known = this.#counted.get(counter) ?? new Map<number, Basis>();
    this.#counted.set(counter, known);
    return remembered(known, ms, () => {
      const totalAt = (second: number): number => this.#total(counter, this.#basisAtSecond(second));
      const whole = Math.floor(this.#total(counter, this.#basisAt(ms)));
      const second = firstSecond((at) => totalAt(at) >= whole, Math.ceil(secondsSinceEpoch(ms)));
      const from = totalAt(second - 1);
      const perSecond = totalAt(second) - from;
      const guess = second - 1 + (whole - from) / perSecond;
      return this.#basisAtSecond(guess + (whole - totalAt(guess)) / perSecond);
    });
  }

  #currentExtras(): CounterExtras {
    const { timeline } = this.#deps.scenarios;
    if (this.#extras?.timeline !== timeline) {
      const { environment, service, instance } = this.plan;
      const basisAt = (ms: number): Basis => this.#basisAt(ms);
      const input = { timeline, environment, entity: service, instance, counters: this.#counters, basisAt };
      this.#counted.clear();
      this.#extras = { timeline, counters: new CounterExtras(input) };
    }
    return this.#extras.counters;
  }
}

/** The first whole second from which on something holds, given one at which it does. */
function firstSecond(holds: (second: number) => boolean, known: number): number {
  let yes = known;
  let no = known - 1;
  for (let step = 1; holds(no); step *= 2) {
    yes = no;
    no -= step;
  }
  while (yes - no > 1) {
    const middle = Math.floor((yes + no) / 2);
    if (holds(middle)) {
      yes = middle;
    } else {
      no = middle;
    }
  }
  return yes;
}

function remembered(known: Map<number, Basis>, ms: number, compute: () => Basis): Basis {
  const found = known.get(ms);
  if (found !== undefined) {
    return found;
  }
  if (known.size >= MAX_REMEMBERED) {
    known.clear();
  }
  const basis = compute();
  known.set(ms, basis);
  return basis;
}
