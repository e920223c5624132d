import { HOLE } from '../../model/sample.ts';

/** A series' rows in a window, oldest first, times strictly rising. The arrays never change once handed out. */
export interface Column {
  readonly timestamps: Float64Array;
  readonly values: Float64Array;
}

const EMPTY: Float64Array = new Float64Array(0);

export const EMPTY_COLUMN: Column = { timestamps: EMPTY, values: EMPTY };

/** The first index in [from, to) whose time is not before the given one, or `to`. */
export function lowerBound(
  timestamps: Float64Array,
  timestampMs: number,
  within: { readonly from: number; readonly to: number },
): number {
  let low = within.from;
  let high = within.to;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((timestamps[middle] ?? Infinity) < timestampMs) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}

/** Those of two columns that have rows, the one that begins first first. */
export function partsOf(a: Column, b: Column): readonly Column[] {
  if (a.timestamps.length === 0) {
    return b.timestamps.length === 0 ? [] : [b];
  }
  if (b.timestamps.length === 0) {
    return [a];
  }
  return firstOf(a) <= firstOf(b) ? [a, b] : [b, a];
}

/** Joins sorted columns into one with strictly rising times. Of rows with equal times, the one in the earlier column stays. */
export function mergeColumns(columns: readonly Column[]): Column {
  const parts = columns.filter((column) => column.timestamps.length > 0);
  const [only] = parts;
  if (parts.length <= 1) {
    return only ?? EMPTY_COLUMN;
  }
  const byStart = parts.toSorted((a, b) => firstOf(a) - firstOf(b));
  const disjoint = byStart.every((part, i) => i === 0 || lastOf(byStart[i - 1] ?? EMPTY_COLUMN) < firstOf(part));
  return disjoint ? concatenate(byStart) : parts.reduce(mergeTwo);
}

/** Rows of any order as a sorted column with one row a time; of rows with equal times the first stays. */
export function sortColumn(column: Column): Column {
  const { timestamps, values } = column;
  if (isRising(timestamps)) {
    return column;
  }
  const order = Array.from(timestamps.keys()).sort((a, b) => (timestamps[a] ?? 0) - (timestamps[b] ?? 0));
  const unique = order.filter((at, i) => i === 0 || timestamps[at] !== timestamps[order[i - 1] ?? -1]);
  return {
    timestamps: Float64Array.from(unique, (i) => timestamps[i] ?? 0),
    values: Float64Array.from(unique, (i) => values[i] ?? 0),
  };
}

function isRising(timestamps: Float64Array): boolean {
  for (let i = 1; i < timestamps.length; i += 1) {
    if ((timestamps[i - 1] ?? 0) >= (timestamps[i] ?? 0)) {
      return false;
    }
  }
  return true;
}

/** Where both have a time, the left row stays. */
function mergeTwo(left: Column, right: Column): Column {
  const { timestamps: leftTimes, values: leftValues } = left;
  const { timestamps: rightTimes, values: rightValues } = right;
  const room = leftTimes.length + rightTimes.length;
  const timestamps = new Float64Array(room);
  const values = new Float64Array(room);
  let i = 0;
  let j = 0;
  let end = 0;
  while (i < leftTimes.length || j < rightTimes.length) {
    const a = leftTimes[i] ?? Infinity;
    const b = rightTimes[j] ?? Infinity;
    timestamps[end] = Math.min(a, b);
    values[end] = (a <= b ? leftValues[i] : rightValues[j]) ?? 0;
    i += a <= b ? 1 : 0;
    j += b <= a ? 1 : 0;
    end += 1;
  }
  return { timestamps: timestamps.subarray(0, end), values: values.subarray(0, end) };
}

function concatenate(columns: readonly Column[]): Column {
  const length = columns.reduce((sum, column) => sum + column.timestamps.length, 0);
  const timestamps = new Float64Array(length);
  const values = new Float64Array(length);
  let at = 0;
  for (const column of columns) {
    timestamps.set(column.timestamps, at);
    values.set(column.values, at);
    at += column.timestamps.length;
  }
  return { timestamps, values };
}

function firstOf(column: Column): number {
  return column.timestamps[0] ?? Infinity;
}

function lastOf(column: Column): number {
  return column.timestamps[column.timestamps.length - 1] ?? -Infinity;
}

/** The rows of a sorted column outside a time range whose ends are inclusive. The column itself when none is inside. */
export function withoutRange(column: Column, range: { readonly fromMs: number; readonly toMs: number }): Column {
  const { timestamps, values } = column;
  const from = lowerBound(timestamps, range.fromMs, { from: 0, to: timestamps.length });
  const to = lowerBound(timestamps, range.toMs + 1, { from, to: timestamps.length });
  if (from === to) {
    return column;
  }
  return { timestamps: without(timestamps, from, to), values: without(values, from, to) };
}

function without(numbers: Float64Array, from: number, to: number): Float64Array {
  const left = new Float64Array(numbers.length - (to - from));
  left.set(numbers.subarray(0, from));
  left.set(numbers.subarray(to), from);
  return left;
}

/** The rows whose value is not HOLE, copied. */
export function withoutHoles(timestamps: Float64Array, values: Float64Array): Column {
  const keptTimes = new Float64Array(values.length);
  const keptValues = new Float64Array(values.length);
  let kept = 0;
  for (let i = 0; i < values.length; i += 1) {
    const value = values[i] ?? HOLE;
    if (value !== HOLE) {
      keptTimes[kept] = timestamps[i] ?? 0;
      keptValues[kept] = value;
      kept += 1;
    }
  }
  return { timestamps: keptTimes.subarray(0, kept), values: keptValues.subarray(0, kept) };
}
