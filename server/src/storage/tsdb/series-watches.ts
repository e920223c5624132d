import type { HotSeries, WatchedSeries } from '../../model/hot-series.ts';
import { METRIC_NAME } from '../../model/labels.ts';
import { type Matcher, matchesAll } from '../../model/matcher.ts';
import type { MemorySeries } from './memory-series.ts';

/** Selections that are kept current. A series that comes is only shown to those that may want its metric. */
export class SeriesWatches {
  readonly #bySelection = new Map<string, Watch>();
  readonly #byMetric = new Map<string, Set<Watch>>();
  readonly #anyMetric = new Set<Watch>();

  /** @param find the series that match now, ascending by ref */
  watch(matchers: readonly Matcher[], find: () => readonly MemorySeries[]): WatchedSeries {
    const key = matchers.map(String).sort().join();
    const known = this.#bySelection.get(key);
    const watch = known ?? new Watch(matchers, find());
    if (known === undefined) {
      this.#bySelection.set(key, watch);
      this.#bucketOf(watch).add(watch);
    }
    watch.users += 1;
    return new WatchHandle(watch, () => this.#release(key, watch));
  }

  added(series: readonly MemorySeries[]): void {
    if (this.#bySelection.size === 0) {
      return;
    }
    for (const each of series) {
      for (const watch of this.#byMetric.get(each.labels.metricName) ?? []) {
        watch.offer(each);
      }
      for (const watch of this.#anyMetric) {
        watch.offer(each);
      }
    }
  }

  /** The series are marked as gone already. */
  removed(series: readonly MemorySeries[]): void {
    const touched = new Set(this.#anyMetric);
    for (const { labels } of series) {
      for (const watch of this.#byMetric.get(labels.metricName) ?? []) {
        touched.add(watch);
      }
    }
    for (const watch of touched) {
      watch.forgetDead();
    }
  }

  #release(key: string, watch: Watch): void {
    watch.users -= 1;
    if (watch.users > 0) {
      return;
    }
    this.#bySelection.delete(key);
    const bucket = this.#bucketOf(watch);
    bucket.delete(watch);
    if (bucket.size === 0 && watch.metric !== undefined) {
      this.#byMetric.delete(watch.metric);
    }
  }

  #bucketOf({ metric }: Watch): Set<Watch> {
    if (metric === undefined) {
      return this.#anyMetric;
    }
    const bucket = this.#byMetric.get(metric) ?? new Set();
    this.#byMetric.set(metric, bucket);
    return bucket;
  }
}

/** One selection with its series, shared by all who watch it. */
class Watch {
  /** Set when the matchers ask for one metric. */
  readonly metric: string | undefined;
  users = 0;
  version = 0;
  epoch = 0;
  series: MemorySeries[];
  readonly #matchers: readonly Matcher[];

  constructor(matchers: readonly Matcher[], series: readonly MemorySeries[]) {
    this.#matchers = matchers;
    this.series = [...series];
    this.metric = matchers.find(({ name, operator, value }) => name === METRIC_NAME && operator === '=' && value !== '')?.value;
  }

  offer(series: MemorySeries): void {
    if (matchesAll(this.#matchers, series.labels)) {
      this.series.push(series);
      this.version += 1;
    }
  }

  forgetDead(): void {
    const alive = this.series.filter(({ isAlive }) => isAlive);
    if (alive.length < this.series.length) {
      this.series = alive;
      this.version += 1;
      this.epoch += 1;
    }
  }
}

class WatchHandle implements WatchedSeries {
  readonly #watch: Watch;
  #release: (() => void) | undefined;

  constructor(watch: Watch, release: () => void) {
    this.#watch = watch;
    this.#release = release;
  }

  get version(): number {
    return this.#watch.version;
  }

  get epoch(): number {
    return this.#watch.epoch;
  }

  get series(): readonly HotSeries[] {
    return this.#watch.series;
  }

  [Symbol.dispose](): void {
    this.#release?.();
    this.#release = undefined;
  }
}
