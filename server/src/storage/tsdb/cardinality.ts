import type { SeriesIndex } from './series-index.ts';
import { TimeSlice } from './time-slice.ts';

/** A name and how many there are of something, most first in lists. */
export interface Count {
  readonly name: string;
  readonly value: number;
}

/** Where the series come from: the figures of Prometheus' `/api/v1/status/tsdb`. */
export interface Cardinality {
  readonly series: number;
  /** Different label names with different values. */
  readonly labelPairs: number;
  readonly seriesByMetric: readonly Count[];
  readonly valuesByLabel: readonly Count[];
  /** Characters of all values of the label over all series, as a measure of memory; equal values are held once. */
  readonly textByLabel: readonly Count[];
  /** `name=value`. */
  readonly seriesByPair: readonly Count[];
}

/** Looks at every label value, in slices. Series that come and go meanwhile may be counted or not. */
export async function cardinalityOf(index: SeriesIndex, limit: number, signal?: AbortSignal): Promise<Cardinality> {
  const slice = new TimeSlice(signal);
  const [metrics, byValues, byText, pairs] = [new Largest(limit), new Largest(limit), new Largest(limit), new Largest(limit)];
  let labelPairs = 0;
  for (const { name, values } of [...index.labels()]) {
    let text = 0;
    for (const { value, series } of values.values()) {
      if (slice.isOver) {
        await slice.pause();
      }
      text += value.length * series.length;
      pairs.add(`${name}=${value}`, series.length);
    }
    labelPairs += values.size;
    byValues.add(name, values.size);
    byText.add(name, text);
  }
  for (const name of index.metrics()) {
    metrics.add(name, index.ofMetric(name).length);
  }
  return {
    series: index.size,
    labelPairs,
    seriesByMetric: metrics.sorted(),
    valuesByLabel: byValues.sorted(),
    textByLabel: byText.sorted(),
    seriesByPair: pairs.sorted(),
  };
}

/** The `limit` largest of what is added; holds little more than twice as many. */
class Largest {
  readonly #limit: number;
  #counts: Count[] = [];

  constructor(limit: number) {
    this.#limit = limit;
  }

  add(name: string, value: number): void {
    this.#counts.push({ name, value });
    if (this.#counts.length > 2 * this.#limit + 100) {
      this.#counts = [...this.sorted()];
    }
  }

  sorted(): readonly Count[] {
    return this.#counts.toSorted((a, b) => b.value - a.value || (a.name < b.name ? -1 : 1)).slice(0, this.#limit);
  }
}
