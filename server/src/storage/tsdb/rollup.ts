import { isStale, STALE } from '../../model/sample.ts';
import type { MetricMetadata } from '../../model/series-store.ts';
import type { RollupField } from './block-kind.ts';
import type { Column } from './memory-series.ts';

/** A series' points of one resolution, field by field. All but `counter` share their times. */
export type RolledSeries = Readonly<Record<RollupField, Column>>;

/** What a coarser rollup is made from: samples stand for themselves. */
export type RollupSource = RolledSeries;

/** Samples as the source of the first rollup. */
export function sourceOfSamples(samples: Column): RollupSource {
  const count = { timestamps: samples.timestamps, values: samples.values.map((value) => (isStale(value) ? STALE : 1)) };
  return { min: samples, max: samples, sum: samples, count, counter: samples };
}

/** Whether a drop is a reset: by the metric's stated type, or where none is stated by Prometheus' naming convention. */
export function isCounterMetric(metric: string, metadata: MetricMetadata | undefined): boolean {
  switch (metadata?.type) {
    case 'counter':
    case 'histogram':
      return true;
    case 'gauge':
    case 'info':
    case 'stateset':
      return false;
    default:
      return /_(total|count|sum|bucket)$/.test(metric);
  }
}

/**
 * Joins points into buckets [start, start + bucketMs). A bucket's point stands at its last millisecond. Where a series ended in a
 * bucket, its point stands one millisecond earlier and the staleness marker takes its place, so that the end stays visible.
 * NaN counts as a sample and makes sums NaN; extremes pass it over, as the `_over_time` functions do.
 */
export function rollUp(source: RollupSource, bucketMs: number, isCounter: boolean): RolledSeries {
  const { timestamps } = source.sum;
  const points = new PointWriter(timestamps.length);
  for (let from = 0; from < timestamps.length; ) {
    const bucket = Math.floor((timestamps[from] ?? 0) / bucketMs);
    let to = from + 1;
    while (to < timestamps.length && Math.floor((timestamps[to] ?? 0) / bucketMs) === bucket) {
      to += 1;
    }
    points.addBucket(source, { from, to, lastMs: (bucket + 1) * bucketMs - 1 });
    from = to;
  }
  return { ...points.columns(), counter: counterPoints(source.counter, bucketMs, isCounter) };
}

interface Bucket {
  readonly from: number;
  readonly to: number;
  readonly lastMs: number;
}

class PointWriter {
  readonly #timestamps: Float64Array;
  readonly #fields: Readonly<Record<'min' | 'max' | 'sum' | 'count', Float64Array>>;
  #length = 0;

  constructor(sourceRows: number) {
    // A bucket makes at most two points, and has at least one row.
    const capacity = 2 * sourceRows;
    this.#timestamps = new Float64Array(capacity);
    this.#fields = {
      min: new Float64Array(capacity),
      max: new Float64Array(capacity),
      sum: new Float64Array(capacity),
      count: new Float64Array(capacity),
    };
  }

  addBucket(source: RollupSource, { from, to, lastMs }: Bucket): void {
    const hasEnded = isStale(source.sum.values[to - 1] ?? 0);
    const totals = totalsOf(source, from, to);
    if (totals.count > 0) {
      this.#add(hasEnded ? lastMs - 1 : lastMs, totals);
    }
    if (hasEnded) {
      this.#add(lastMs, { min: STALE, max: STALE, sum: STALE, count: STALE });
    }
  }

  columns(): Readonly<Record<'min' | 'max' | 'sum' | 'count', Column>> {
    const timestamps = this.#timestamps.slice(0, this.#length);
    const columnOf = (values: Float64Array) => ({ timestamps, values: values.slice(0, this.#length) });
    const { min, max, sum, count } = this.#fields;
    return { min: columnOf(min), max: columnOf(max), sum: columnOf(sum), count: columnOf(count) };
  }

  #add(timestampMs: number, point: Totals): void {
    const at = this.#length;
    this.#timestamps[at] = timestampMs;
    this.#fields.min[at] = point.min;
    this.#fields.max[at] = point.max;
    this.#fields.sum[at] = point.sum;
    this.#fields.count[at] = point.count;
    this.#length += 1;
  }
}

interface Totals {
  readonly min: number;
  readonly max: number;
  readonly sum: number;
  readonly count: number;
}

function totalsOf(source: RollupSource, from: number, to: number): Totals {
  let [min, max, sum, count] = [Number.NaN, Number.NaN, 0, 0];
  for (let i = from; i < to; i += 1) {
    const total = source.sum.values[i] ?? 0;
    if (isStale(total)) {
      continue;
    }
    const low = source.min.values[i] ?? 0;
    const high = source.max.values[i] ?? 0;
    min = low < min || Number.isNaN(min) ? low : min;
    max = high > max || Number.isNaN(max) ? high : max;
    sum += total;
    count += source.count.values[i] ?? 0;
  }
  return { min, max, sum, count };
}

/** The last row of every bucket with the end of the series, and for counters the rows on both sides of every drop. */
function counterPoints({ timestamps, values }: Column, bucketMs: number, isCounter: boolean): Column {
  const kept: number[] = [];
  const keep = (row: number): void => {
    if (row >= 0 && (kept.at(-1) ?? -1) < row) {
      kept.push(row);
    }
  };
  let living = -1;
  for (let i = 0; i < values.length; i += 1) {
    const isEnd = isStale(values[i] ?? 0);
    const isReset = isCounter && !isEnd && living >= 0 && (values[i] ?? 0) < (values[living] ?? 0);
    const isLast = Math.floor((timestamps[i] ?? 0) / bucketMs) !== Math.floor((timestamps[i + 1] ?? Infinity) / bucketMs);
    if (isReset || isEnd) {
      keep(living);
    }
    if (isReset || isEnd || isLast) {
      keep(i);
    }
    living = isEnd ? living : i;
  }
  return {
    timestamps: Float64Array.from(kept, (row) => timestamps[row] ?? 0),
    values: Float64Array.from(kept, (row) => values[row] ?? 0),
  };
}
