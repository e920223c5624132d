import { METRIC_NAME } from '../../model/labels.ts';
import type { LabelPostings } from './postings.ts';
import type { SeriesIndex } from './series-index.ts';

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

/** Costs a look at every label value, so tens of milliseconds with a million of them. */
export function cardinalityOf(index: SeriesIndex, limit: number): Cardinality {
  const labels = [...index.labels()];
  const metrics = index.metrics().map((name) => ({ name, value: index.ofMetric(name).length }));
  return {
    series: index.size,
    labelPairs: labels.reduce((sum, { values }) => sum + values.size, 0),
    seriesByMetric: top(metrics, limit),
    valuesByLabel: top(
      labels.map(({ name, values }) => ({ name, value: values.size })),
      limit,
    ),
    textByLabel: top(
      labels.map((label) => ({ name: label.name, value: textOf(label) })),
      limit,
    ),
    seriesByPair: top(
      labels.filter(({ name }) => name !== METRIC_NAME).flatMap((label) => topPairs(label, limit)),
      limit,
    ),
  };
}

function topPairs({ name, values }: LabelPostings, limit: number): readonly Count[] {
  const counts = [...values.values()].map(({ value, series }) => ({ name: `${name}=${value}`, value: series.length }));
  return top(counts, limit);
}

function textOf({ values }: LabelPostings): number {
  let length = 0;
  for (const { value, series } of values.values()) {
    length += value.length * series.length;
  }
  return length;
}

function top(counts: readonly Count[], limit: number): readonly Count[] {
  return counts.toSorted((a, b) => b.value - a.value || (a.name < b.name ? -1 : 1)).slice(0, limit);
}
