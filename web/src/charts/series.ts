import type { ValueRange } from './axis.ts';

export type Point = readonly [at: number, value: number | null];

export interface ChartSeries {
  /** Stable within a chart. */
  readonly key: string;
  readonly name: string;
  readonly points: readonly Point[];
}

/** One row of a table: a time and each series' value there. */
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

/** Every time at which some series has a point or a gap begins, in order. */
export function timesOf(series: readonly Pick<ChartSeries, 'points'>[]): number[] {
  return [...new Set(series.flatMap(({ points }) => points.map(([at]) => at)))].sort((a, b) => a - b);
}

/** The time nearest to another; null when there are none. Times are in order. */
export function nearestTime(times: readonly number[], at: number): number | null {
  const next = firstFrom(times.length, (index) => (times[index] ?? at) >= at);
  const [before, after] = [times[next - 1], times[next]];
  if (before === undefined || after === undefined) {
    return before ?? after ?? null;
  }
  return at - before <= after - at ? before : after;
}

/** A series' own point nearest to a time; null in a gap, and before the first and after the last point. */
export function pointNear(points: readonly Point[], at: number): readonly [at: number, value: number] | null {
  const next = firstFrom(points.length, (index) => (points[index]?.[0] ?? at) >= at);
  const [before, after] = [valued(points[next - 1]), valued(points[next])];
  if (after?.[0] === at) {
    return after;
  }
  if (before === null || after === null) {
    return null;
  }
  return at - before[0] <= after[0] - at ? before : after;
}

function valued(point: Point | undefined): readonly [number, number] | null {
  return point === undefined || point[1] === null || !Number.isFinite(point[1]) ? null : [point[0], point[1]];
}

/** The first index of so many at which something holds that then holds for all after it. */
function firstFrom(length: number, holds: (index: number) => boolean): number {
  let low = 0;
  let high = length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (holds(middle)) {
      high = middle;
    } else {
      low = middle + 1;
    }
  }
  return low;
}
