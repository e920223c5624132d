import { type Column, EMPTY_COLUMN, lowerBound, mergeColumns, sortColumn } from './column.ts';

const SMALLEST_CAPACITY = 4;

/**
 * Rows that a series keeps for itself, sorted by time, in two growable arrays.
 * A row that comes in order is written behind the rows that views show; every other change makes new arrays.
 * So a view taken once stays true, without copying.
 */
export class OwnRows {
  #timestamps = EMPTY_COLUMN.timestamps;
  #values = EMPTY_COLUMN.values;
  #start = 0;
  #end = 0;

  get length(): number {
    return this.#end - this.#start;
  }

  /** Infinity when there is none. */
  get oldestMs(): number {
    return this.length === 0 ? Infinity : (this.#timestamps[this.#start] ?? Infinity);
  }

  /** -Infinity when there is none. */
  get newestMs(): number {
    return this.length === 0 ? -Infinity : (this.#timestamps[this.#end - 1] ?? -Infinity);
  }

  get bytes(): number {
    return 2 * this.#timestamps.byteLength;
  }

  /** Adds a row newer than every other. */
  push(timestampMs: number, value: number): void {
    if (this.#end === this.#timestamps.length) {
      this.#move(Math.max(SMALLEST_CAPACITY, Math.ceil(this.length * 1.5)));
    }
    this.#timestamps[this.#end] = timestampMs;
    this.#values[this.#end] = value;
    this.#end += 1;
  }

  /** Merges rows of any age and order. Where a time is there already, the row that is there stays. */
  merge(rows: Column): void {
    const merged = mergeColumns([this.window(-Infinity, Infinity), sortColumn(rows)]);
    this.#timestamps = merged.timestamps;
    this.#values = merged.values;
    this.#start = 0;
    this.#end = merged.timestamps.length;
  }

  /** The rows with `fromMs <= t <= toMs`, as views. */
  window(fromMs: number, toMs: number): Column {
    const from = this.#firstAtOrAfter(fromMs);
    const to = toMs >= this.newestMs ? this.#end : this.#firstAtOrAfter(Math.floor(toMs) + 1);
    return from >= to
      ? EMPTY_COLUMN
      : { timestamps: this.#timestamps.subarray(from, to), values: this.#values.subarray(from, to) };
  }

  hasRowIn(fromMs: number, toMs: number): boolean {
    const first = this.#firstAtOrAfter(fromMs);
    return first < this.#end && (this.#timestamps[first] ?? Infinity) <= toMs;
  }

  /** The row at exactly this time. */
  valueAt(timestampMs: number): number | undefined {
    const at = this.#firstAtOrAfter(timestampMs);
    return at < this.#end && this.#timestamps[at] === timestampMs ? this.#values[at] : undefined;
  }

  /** Forgets rows older than the given time and gives their memory back. */
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
}
