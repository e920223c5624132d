import type { ValueRange } from './axis.ts';

export type Point = readonly [at: number, value: number | null];

export interface ChartSeries {
  /** Stable within a chart. */
  readonly key: string;
  readonly name: string;
  readonly points: readonly Point[];
}

/** One row of a chart or table: a time and each series' value there. */
export interface ChartRow {
  readonly at: number;
  readonly values: Readonly<Record<string, number | null>>;
}

/** Series side by side on one time axis. A time that some series lacks is a gap in it, never zero. */
export function toRows(series: readonly ChartSeries[]): ChartRow[] {
  const rows = new Map<number, Record<string, number | null>>();
  for (const { key, points } of series) {
    for (const [at, value] of points) {
      const row = rows.get(at) ?? {};
      row[key] = value !== null && Number.isFinite(value) ? value : null;
      rows.set(at, row);
    }
  }
  return [...rows].sort(([a], [b]) => a - b).map(([at, values]) => ({ at, values }));
}

/**
 * At most `buckets` points, keeping what an operator looks for: of each bucket the value farthest from the bucket's
 * mean, so that spikes survive. A bucket of nothing but gaps stays a gap.
 */
export function thinOut(points: readonly Point[], buckets: number): readonly Point[] {
  if (points.length <= buckets || buckets < 1) {
    return points;
  }
  const size = points.length / buckets;
  return Array.from({ length: buckets }, (_, index) =>
    extreme(points.slice(Math.floor(index * size), Math.floor((index + 1) * size))),
  );
}

function extreme(bucket: readonly Point[]): Point {
  const present = bucket.flatMap(([at, value]) => (value === null ? [] : [{ at, value }]));
  const mean = present.reduce((sum, { value }) => sum + value, 0) / present.length;
  const far = present.reduce<(typeof present)[number] | null>(
    (best, point) => (best === null || Math.abs(point.value - mean) > Math.abs(best.value - mean) ? point : best),
    null,
  );
  return far === null ? [bucket[0]?.[0] ?? 0, null] : [far.at, far.value];
}

/** The values' range; null when there is no value at all. */
export function valueRange(series: readonly Pick<ChartSeries, 'points'>[]): ValueRange | null {
  let min = Number.POSITIVE_INFINITY;
  let max = Number.NEGATIVE_INFINITY;
  for (const { points } of series) {
    for (const [, value] of points) {
      if (value !== null && Number.isFinite(value)) {
        min = Math.min(min, value);
        max = Math.max(max, value);
      }
    }
  }
  return min > max ? null : { min, max };
}

/** The newest time with a value; null when there is none. */
export function newestValueAt(series: readonly ChartSeries[]): number | null {
  const newest = series.map(({ points }) => points.findLast(([, value]) => value !== null)?.[0] ?? Number.NEGATIVE_INFINITY);
  const at = Math.max(Number.NEGATIVE_INFINITY, ...newest);
  return Number.isFinite(at) ? at : null;
}

/** The row nearest to a time; null when there are none. Rows are in time order. */
export function nearestRow(rows: readonly ChartRow[], at: number): ChartRow | null {
  let low = 0;
  let high = rows.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    const [left, right] = [rows[middle]?.at ?? 0, rows[middle + 1]?.at ?? 0];
    if (Math.abs(left - at) <= Math.abs(right - at)) {
      high = middle;
    } else {
      low = middle + 1;
    }
  }
  return rows[low] ?? null;
}
