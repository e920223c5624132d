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
  /** When each series, by its key, was last written. */
  readonly seenAt: Map<string, number>;
}

/** Counts series that no mapping rule placed, so that they are listed and not lost. */
export class UnmappedSeriesCount {
  readonly #keepMs: number;
  readonly #groups = new Map<string, Group>();

  /** @param keepMs how long a series counts after its last sample. */
  constructor(keepMs: number) {
    this.#keepMs = keepMs;
  }

  add(labels: Labels, now: number): void {
    const metric = labels.metricName;
    const job = labels.get('job');
    const key = JSON.stringify([metric, job]);
    const group = this.#groups.get(key) ?? { metric, job, seenAt: new Map<string, number>() };
    this.#groups.set(key, group);
    group.seenAt.set(labels.key, now);
  }

  /** Most series first. */
  list(now: number): readonly UnmappedSeries[] {
    for (const [key, { seenAt }] of this.#groups) {
      for (const [series, at] of seenAt) {
        if (now - at > this.#keepMs) {
          seenAt.delete(series);
        }
      }
      if (seenAt.size === 0) {
        this.#groups.delete(key);
      }
    }
    return [...this.#groups.values()]
      .map(({ metric, job, seenAt }) => ({ metric, job, series: seenAt.size }))
      .sort((a, b) => b.series - a.series || (a.metric < b.metric ? -1 : 1));
  }
}
