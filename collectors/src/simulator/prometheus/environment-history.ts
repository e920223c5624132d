import type { Environment } from '../estate/estate.ts';
import { uniform } from '../model/randomness.ts';
import type { EffectTimeline } from '../scenarios/effect-timeline.ts';
import { SCRAPE_INTERVAL_MS, type Target } from '../targets/target.ts';
import { matchesSelector, type Selector } from './selector.ts';

export interface EnvironmentHistoryDeps {
  readonly environment: Environment;
  readonly targets: readonly Target[];
  readonly scenarios: { readonly timeline: EffectTimeline };
  /** The first moment this Prometheus scraped, epoch milliseconds. */
  readonly startedAt: () => number;
}

/** One series as a Prometheus server of the environment holds it. */
export interface StoredSeries {
  readonly labels: Readonly<Record<string, string>>;
  readonly target: Target;
  /** Its value at a scrape of the target, or `NaN` when the scrape did not have it (or failed: then only `up` and its like exist). */
  readonly scraped: (ms: number) => number;
}

export interface Point {
  readonly ms: number;
  readonly value: number;
}

const LOOKBACK_MS = 300_000;

/**
 * What a Prometheus that scrapes the environment every 15 s would have stored. Nothing is kept: each sample is recomputed from
 * the model when asked for, so that six hours of history cost no memory and no time at start.
 */
export class EnvironmentHistory {
  readonly #deps: EnvironmentHistoryDeps;
  readonly #series: readonly StoredSeries[];

  constructor(deps: EnvironmentHistoryDeps) {
    this.#deps = deps;
    this.#series = deps.targets.flatMap(storedSeries);
  }

  /** The series that match, grouped by target, whether or not they have samples. */
  select(selector: Selector): readonly StoredSeries[] {
    return this.#series.filter(({ labels }) => matchesSelector(selector, labels));
  }

  /** Raw samples with `fromMs < time <= toMs`, oldest first: a range selector. */
  samples(series: StoredSeries, fromMs: number, toMs: number): Point[] {
    const points: Point[] = [];
    for (const ms of this.#slots(series.target, fromMs, toMs)) {
      const value = series.scraped(ms);
      if (!Number.isNaN(value)) {
        points.push({ ms, value });
      }
    }
    return points;
  }

  /** The newest sample at a moment: at most five minutes old, none once a later scrape came without it. */
  latest(series: StoredSeries, atMs: number): Point | undefined {
    let ms = series.target.lastScrapeAt(atMs);
    while (ms > atMs - LOOKBACK_MS && ms >= this.#deps.startedAt()) {
      if (!this.#silent(ms)) {
        const value = series.scraped(ms);
        return Number.isNaN(value) ? undefined : { ms, value };
      }
      ms -= SCRAPE_INTERVAL_MS;
    }
    return undefined;
  }

  *#slots(target: Target, fromMs: number, toMs: number): Generator<number> {
    const from = Math.max(fromMs, this.#deps.startedAt() - 1);
    for (let ms = target.lastScrapeAt(from) + SCRAPE_INTERVAL_MS; ms <= toMs; ms += SCRAPE_INTERVAL_MS) {
      if (!this.#silent(ms)) {
        yield ms;
      }
    }
  }

  #silent(ms: number): boolean {
    return this.#deps.scenarios.timeline.prometheusDown(this.#deps.environment, ms);
  }
}

function storedSeries(target: Target): readonly StoredSeries[] {
  const exported = target.plan.series.map(({ name, labels }, index) => ({
    labels: { __name__: name, ...labels, ...target.labels },
    target,
    scraped: (ms: number) => (target.isUp(ms) ? target.valueAt(index, ms) : Number.NaN),
  }));
  return [...exported, ...aboutScrapes(target)];
}

/** What Prometheus itself adds for each scrape. */
function aboutScrapes(target: Target): readonly StoredSeries[] {
  const count = (ms: number): number =>
    target.isUp(ms) ? target.plan.series.filter((_, index) => !Number.isNaN(target.valueAt(index, ms))).length : 0;
  const values: Readonly<Record<string, (ms: number) => number>> = {
    up: (ms) => Number(target.isUp(ms)),
    scrape_duration_seconds: (ms) => Math.round(2_000 + 3_000 * uniform(target.plan.series.length, ms)) / 1e6,
    scrape_samples_scraped: count,
    scrape_samples_post_metric_relabeling: count,
    scrape_series_added: () => 0,
  };
  return Object.entries(values).map(([name, scraped]) => ({ labels: { __name__: name, ...target.labels }, target, scraped }));
}
