import { setImmediate } from 'node:timers/promises';
import type { Labels } from '../../model/labels.ts';

interface Count {
  readonly name: string;
  readonly value: number;
}

/** What `/api/v1/status/tsdb` tells of the series there are; the largest first. */
export interface SeriesStatistics {
  readonly seriesCount: number;
  readonly labelPairs: number;
  readonly seriesCountByMetricName: readonly Count[];
  readonly labelValueCountByLabelName: readonly Count[];
  /** Bytes of the text of label values, counted once a series as Prometheus does. */
  readonly memoryInBytesByLabelName: readonly Count[];
  readonly seriesCountByLabelValuePair: readonly Count[];
}

/** Series looked at between two pauses, so that other requests are answered meanwhile. */
const SLICE = 2_000;

/** Counts series by name and by label. Each table holds its `limit` largest. Ends early when the signal aborts. */
export async function seriesStatistics(series: readonly Labels[], limit: number, signal: AbortSignal): Promise<SeriesStatistics> {
  const tally = new Tally();
  for (const [i, labels] of series.entries()) {
    if (i % SLICE === SLICE - 1) {
      await setImmediate();
      signal.throwIfAborted();
    }
    tally.add(labels);
  }
  return { seriesCount: series.length, ...tally.tables(limit) };
}

class Tally {
  readonly #byName = new Map<string, number>();
  readonly #bytes = new Map<string, number>();
  readonly #values = new Map<string, Map<string, number>>();

  add(labels: Labels): void {
    increase(this.#byName, labels.metricName, 1);
    for (const [name, value] of labels.entries()) {
      increase(this.#bytes, name, value.length);
      const counts = this.#values.get(name) ?? new Map<string, number>();
      this.#values.set(name, counts);
      increase(counts, value, 1);
    }
  }

  tables(limit: number): Omit<SeriesStatistics, 'seriesCount'> {
    const valueCounts = [...this.#values].map(([name, counts]) => [name, counts.size] as const);
    const pairs = [...this.#values].flatMap(([name, counts]) =>
      largest(counts, limit).map((count) => [`${name}=${count.name}`, count.value] as const),
    );
    return {
      labelPairs: valueCounts.reduce((total, [, count]) => total + count, 0),
      seriesCountByMetricName: largest(this.#byName, limit),
      labelValueCountByLabelName: largest(valueCounts, limit),
      memoryInBytesByLabelName: largest(this.#bytes, limit),
      seriesCountByLabelValuePair: largest(pairs, limit),
    };
  }
}

function increase(counts: Map<string, number>, key: string, by: number): void {
  counts.set(key, (counts.get(key) ?? 0) + by);
}

function largest(counts: Iterable<readonly [string, number]>, limit: number): readonly Count[] {
  return Array.from(counts, ([name, value]) => ({ name, value }))
    .sort((a, b) => b.value - a.value)
    .slice(0, limit);
}
