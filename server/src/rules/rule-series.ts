import type { Labels } from '../model/labels.ts';
import { STALE } from '../model/sample.ts';

export interface SeriesPoint {
  readonly labels: Labels;
  readonly timestampMs: number;
  readonly value: number;
}

/** Remembers which series a rule wrote last time, to end those that are gone with a staleness marker. */
export class RuleSeries {
  #previous: ReadonlyMap<string, Labels> = new Map();
  /** In the order of the last call. */
  #last: readonly Labels[] = [];

  /** The points to write: the given ones at `at`, and a marker for each series of the last call that is not among them. */
  next(at: number, points: readonly { readonly labels: Labels; readonly value: number }[]): readonly SeriesPoint[] {
    const isKnown = points.length === this.#last.length && this.#previous.size === points.length;
    if (isKnown && points.every(({ labels }, index) => labels === this.#last[index])) {
      return points.map(({ labels, value }) => ({ labels, timestampMs: at, value }));
    }
    const current = new Map(points.map(({ labels }) => [labels.key, labels]));
    const gone = [...this.#previous].filter(([key]) => !current.has(key));
    this.#previous = current;
    this.#last = points.map(({ labels }) => labels);
    return [
      ...points.map(({ labels, value }) => ({ labels, timestampMs: at, value })),
      ...gone.map(([, labels]) => ({ labels, timestampMs: at, value: STALE })),
    ];
  }

  /** Takes over what another rule wrote, when that rule's successor continues its series. */
  adopt(other: RuleSeries): void {
    this.#previous = new Map([...other.#previous, ...this.#previous]);
    this.#last = [];
  }
}
