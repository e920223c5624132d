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

  /** @param keepMs how long a series counts after its last sample. */
  constructor(keepMs: number) {
    this.#keepMs = keepMs;
  }

  /** Takes note of a row of a series. What it returns can be handed to `seen` for later ones; it stands for the series while it `counts`. */
  add(labels: Labels, now: number): SeenSeries {
    return this.#put({ labels, at: now, counts: true }, now);
  }

  #put(series: SeenSeries, now: number): SeenSeries {
    const { labels } = series;
    const metric = labels.metricName;
    const job = labels.get('job');
    const key = JSON.stringify([metric, job]);
    const group = this.#groups.get(key) ?? { metric, job, series: new Map<number, SeenSeries>() };
    this.#groups.set(key, group);
    const known = group.series.get(labels.hash) ?? series;
    known.at = now;
    known.counts = true;
    group.series.set(labels.hash, known);
    return known;
  }

  /** Takes note of a row of each series; costs next to nothing. */
  seen(series: readonly SeenSeries[], now: number): void {
    for (const each of series) {
      this.seenOne(each, now);
    }
  }

  seenOne(series: SeenSeries, now: number): void {
    if (series.counts) {
      series.at = now;
    } else {
      // Counted anew, by the object that is known to others.
      this.#put(series, now);
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
