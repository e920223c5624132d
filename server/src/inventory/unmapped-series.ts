import type { Labels } from '../model/labels.ts';

/** Series of one metric and job that belong to no entity. */
export interface UnmappedSeries {
  readonly metric: string;
  readonly job: string;
  readonly series: number;
}

interface Group {
  readonly metric: string;
  readonly job: string;
  /** By hash of the labels: two series with one hash count as one, which a list of counts bears. */
  readonly series: Map<number, SeenSeries>;
}

/** One series. */
export interface SeenSeries {
  readonly labels: Labels;
  /** When it was last written. */
  at: number;
  /** False once it has been silent for too long. */
  counts: boolean;
}

/** Counts series that no mapping rule placed, so that they are listed and not lost. */
export class UnmappedSeriesCount {
  readonly #keepMs: number;
  readonly #groups = new Map<string, Group>();
  readonly #byLabels = new WeakMap<Labels, SeenSeries>();

  /** @param keepMs how long a series counts after its last sample. */
  constructor(keepMs: number) {
    this.#keepMs = keepMs;
  }

  /** Takes note of a row. What it returns can be handed to `seen` for later rows of the series. */
  add(labels: Labels, now: number): SeenSeries {
    const known = this.#byLabels.get(labels);
    if (known?.counts === true) {
      known.at = now;
      return known;
    }
    const series = this.#find(labels, now);
    this.#byLabels.set(labels, series);
    return series;
  }

  #find(labels: Labels, now: number): SeenSeries {
    const metric = labels.metricName;
    const job = labels.get('job');
    const key = JSON.stringify([metric, job]);
    const group = this.#groups.get(key) ?? { metric, job, series: new Map<number, SeenSeries>() };
    this.#groups.set(key, group);
    const series = group.series.get(labels.hash) ?? { labels, at: now, counts: true };
    group.series.set(labels.hash, series);
    series.at = now;
    return series;
  }

  /** Takes note of a row of each series; costs next to nothing. */
  seen(series: readonly SeenSeries[], now: number): void {
    for (const each of series) {
      if (each.counts) {
        each.at = now;
      } else {
        this.add(each.labels, now);
      }
    }
  }

  /** Most series first. */
  list(now: number): readonly UnmappedSeries[] {
    for (const [key, { series }] of this.#groups) {
      for (const [name, each] of series) {
        if (now - each.at > this.#keepMs) {
          each.counts = false;
          series.delete(name);
        }
      }
      if (series.size === 0) {
        this.#groups.delete(key);
      }
    }
    return [...this.#groups.values()]
      .map(({ metric, job, series }) => ({ metric, job, series: series.size }))
      .sort((a, b) => b.series - a.series || (a.metric < b.metric ? -1 : 1));
  }
}
