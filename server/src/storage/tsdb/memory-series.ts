import type { Labels } from '../../model/labels.ts';

/** How far a series has been moved to blocks. */
export interface CutPosition {
  /** Rows older than this that came with WAL row `walId` or before are in blocks. */
  readonly beforeMs: number;
  readonly walId: number;
  /** The newest row in any block. */
  readonly newestMs: number;
}

export const NEVER_CUT: CutPosition = { beforeMs: -Infinity, walId: 0, newestMs: -Infinity };

/** A series' rows in a window, oldest first. The arrays never change once handed out. */
export interface Column {
  readonly timestamps: Float64Array;
  readonly values: Float64Array;
}

const EMPTY: Float64Array = new Float64Array(0);
const SMALLEST_CAPACITY = 16;

/**
 * One series: its identity and its hot rows, sorted by time, in two growable arrays.
 * A row that comes in order is written behind the rows that views show; every other change makes new arrays.
 * So a view taken once stays true, without copying.
 */
export class MemorySeries {
  readonly ref: number;
  readonly labels: Labels;
  /** The source that wrote it first, `null` for Tila's own rules. */
  readonly source: string | null;
  /** Further sources that have written it. */
  readonly otherSources = new Set<string>();
  cut: CutPosition;
  /** The newest committed row, in head or blocks. */
  newestMs: number;
  /** The newest row accepted, committed or about to be. */
  stagedNewestMs: number;
  /** False once retention has removed it: whoever still holds it must look its labels up again. */
  isAlive = true;
  #timestamps = EMPTY;
  #values = EMPTY;
  #start = 0;
  #end = 0;

  constructor(
    identity: { readonly ref: number; readonly labels: Labels; readonly source: string | null },
    cut: CutPosition = NEVER_CUT,
  ) {
    this.ref = identity.ref;
    this.labels = identity.labels;
    this.source = identity.source;
    this.cut = cut;
    this.newestMs = cut.newestMs;
    this.stagedNewestMs = cut.newestMs;
  }

  /** Rows in the head. */
  get length(): number {
    return this.#end - this.#start;
  }

  /** The oldest head row, or Infinity when there is none. */
  get oldestHeadMs(): number {
    return this.length === 0 ? Infinity : (this.#timestamps[this.#start] ?? Infinity);
  }

  /** The newest head row, or -Infinity when there is none. */
  get newestHeadMs(): number {
    return this.length === 0 ? -Infinity : (this.#timestamps[this.#end - 1] ?? -Infinity);
  }

  /** Adds a row newer than every head row. */
  push(timestampMs: number, value: number): void {
    if (this.#end === this.#timestamps.length) {
      this.#move(Math.max(SMALLEST_CAPACITY, Math.ceil(this.length * 1.5)));
    }
    this.#timestamps[this.#end] = timestampMs;
    this.#values[this.#end] = value;
    this.#end += 1;
    this.newestMs = Math.max(this.newestMs, timestampMs);
  }

  /** Merges rows of any age. Where a time is there already, the head's row stays. */
  merge(rows: Column): void {
    const merged = mergeColumns([this.window(-Infinity, Infinity), sortColumn(rows)]);
    this.#timestamps = merged.timestamps;
    this.#values = merged.values;
    this.#start = 0;
    this.#end = merged.timestamps.length;
    this.newestMs = Math.max(this.newestMs, this.newestHeadMs);
  }

  /** The head rows with `fromMs <= t <= toMs`, as views. */
  window(fromMs: number, toMs: number): Column {
    const from = this.#firstAtOrAfter(fromMs);
    const to = toMs >= this.newestHeadMs ? this.#end : this.#firstAfter(toMs);
    return from >= to
      ? EMPTY_COLUMN
      : { timestamps: this.#timestamps.subarray(from, to), values: this.#values.subarray(from, to) };
  }

  hasRowIn(fromMs: number, toMs: number): boolean {
    const first = this.#firstAtOrAfter(fromMs);
    return first < this.#end && (this.#timestamps[first] ?? Infinity) <= toMs;
  }

  /** The head row at exactly this time. */
  valueAt(timestampMs: number): number | undefined {
    const at = this.#firstAtOrAfter(timestampMs);
    return at < this.#end && this.#timestamps[at] === timestampMs ? this.#values[at] : undefined;
  }

  /** Forgets head rows older than the given time and gives their memory back. */
  dropBefore(timestampMs: number): void {
    this.#start = this.#firstAtOrAfter(timestampMs);
    if (this.length < this.#timestamps.length / 2) {
      this.#move(this.length);
    }
  }

  #move(capacity: number): void {
    const timestamps = new Float64Array(capacity);
    const values = new Float64Array(capacity);
    timestamps.set(this.#timestamps.subarray(this.#start, this.#end));
    values.set(this.#values.subarray(this.#start, this.#end));
    this.#end -= this.#start;
    this.#start = 0;
    this.#timestamps = timestamps;
    this.#values = values;
  }

  #firstAtOrAfter(timestampMs: number): number {
    return lowerBound(this.#timestamps, timestampMs, { from: this.#start, to: this.#end });
  }

  #firstAfter(timestampMs: number): number {
    const at = this.#firstAtOrAfter(timestampMs);
    return at < this.#end && this.#timestamps[at] === timestampMs ? at + 1 : at;
  }
}

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

/** Joins sorted columns into one with strictly rising times. Of rows with equal times, the one in the earlier column stays. */
export function mergeColumns(columns: readonly Column[]): Column {
  const parts = columns.filter((column) => column.timestamps.length > 0);
  const [only] = parts;
  if (parts.length <= 1) {
    return only ?? EMPTY_COLUMN;
  }
  const byStart = parts.toSorted((a, b) => firstOf(a) - firstOf(b));
  const disjoint = byStart.every((part, i) => i === 0 || lastOf(byStart[i - 1] ?? EMPTY_COLUMN) < firstOf(part));
  return disjoint ? concatenate(byStart) : uniqueByTime(sortColumn(concatenate(parts)));
}

/** Sorts by time; rows with equal times keep their order. */
function sortColumn(column: Column): Column {
  const { timestamps, values } = column;
  const order = Array.from(timestamps.keys()).sort((a, b) => (timestamps[a] ?? 0) - (timestamps[b] ?? 0));
  return {
    timestamps: Float64Array.from(order, (i) => timestamps[i] ?? 0),
    values: Float64Array.from(order, (i) => values[i] ?? 0),
  };
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

function uniqueByTime(sorted: Column): Column {
  const { timestamps, values } = sorted;
  let kept = 0;
  for (let i = 0; i < timestamps.length; i += 1) {
    if (kept === 0 || timestamps[kept - 1] !== timestamps[i]) {
      timestamps[kept] = timestamps[i] ?? 0;
      values[kept] = values[i] ?? 0;
      kept += 1;
    }
  }
  return { timestamps: timestamps.subarray(0, kept), values: values.subarray(0, kept) };
}

function firstOf(column: Column): number {
  return column.timestamps[0] ?? Infinity;
}

function lastOf(column: Column): number {
  return column.timestamps[column.timestamps.length - 1] ?? -Infinity;
}
