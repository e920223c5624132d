import type { HotGroup } from '../../model/hot-series.ts';
import { HOLE, STALE } from '../../model/sample.ts';
import { type Column, EMPTY_COLUMN, lowerBound } from './memory-series.ts';

/** Columns of a group at most. More make growing dear, fewer waste a time column on too few series. */
export const MAX_GROUP_COLUMNS = 128;

const FIRST_CAPACITY = 32;

/**
 * The hot samples of series that are written together: one time column for all, one value column each, in shared memory so
 * that query workers read them in place. Values only ever appear at the end or fill a hole; whatever else changes the group
 * (growing, dropping) makes new arrays, so a view taken once stays true. One write costs about 10 ns.
 */
export class SeriesGroup implements HotGroup {
  readonly columns: number;
  readonly lastGap: Int32Array;
  readonly lastDrop: Int32Array;
  timestamps: Float64Array<SharedArrayBuffer>;
  values: Float64Array<SharedArrayBuffer>;
  stride: number;
  start = 0;
  end = 0;
  /** Values written to the newest slot. */
  filled = 0;
  /** Rises with every change of arrays. */
  generation = 0;

  constructor(columns: number, capacity = FIRST_CAPACITY) {
    this.columns = columns;
    this.stride = capacity;
    this.timestamps = sharedColumn(capacity);
    this.values = sharedColumn(columns * capacity).fill(HOLE);
    this.lastGap = new Int32Array(columns).fill(-1);
    this.lastDrop = new Int32Array(columns).fill(-1);
  }

  /** The newest time, -Infinity while empty. */
  get newestMs(): number {
    return this.end === this.start ? Number.NEGATIVE_INFINITY : (this.timestamps[this.end - 1] ?? 0);
  }

  /** The oldest time, Infinity while empty. */
  get oldestMs(): number {
    return this.end === this.start ? Number.POSITIVE_INFINITY : (this.timestamps[this.start] ?? 0);
  }

  get bytes(): number {
    return this.timestamps.byteLength + this.values.byteLength + 2 * this.lastGap.byteLength;
  }

  /** Begins a slot newer than all others. */
  open(timestampMs: number): void {
    if (this.end === this.stride) {
      this.#move(Math.ceil((this.end - this.start) * 1.25) + 16);
    }
    this.#noteHoles();
    this.timestamps[this.end] = timestampMs;
    this.end += 1;
    this.filled = 0;
  }

  /** The slot of exactly this time, or -1. */
  slotOf(timestampMs: number): number {
    if (timestampMs === this.newestMs) {
      return this.end - 1;
    }
    const slot = lowerBound(this.timestamps, timestampMs, { from: this.start, to: this.end });
    return slot < this.end && this.timestamps[slot] === timestampMs ? slot : -1;
  }

  valueAt(column: number, slot: number): number {
    return this.values[column * this.stride + slot] ?? HOLE;
  }

  /** Fills a hole. */
  put(column: number, slot: number, value: number): void {
    const at = column * this.stride + slot;
    this.values[at] = value;
    if (slot === this.end - 1) {
      this.filled += 1;
    } else if ((this.values[at + 1] ?? HOLE) < value) {
      this.lastDrop[column] = Math.max(this.lastDrop[column] ?? -1, slot + 1);
    }
    if (value === STALE) {
      this.lastGap[column] = Math.max(this.lastGap[column] ?? -1, slot);
    } else if (slot > this.start && value < (this.values[at - 1] ?? HOLE)) {
      this.lastDrop[column] = Math.max(this.lastDrop[column] ?? -1, slot);
    }
  }

  /** A column's samples with `fromMs <= t <= toMs`: views where it has no holes, copies where it has. */
  window(column: number, fromMs: number, toMs: number): Column {
    const from = lowerBound(this.timestamps, fromMs, { from: this.start, to: this.end });
    const to = toMs >= this.newestMs ? this.end : lowerBound(this.timestamps, Math.floor(toMs) + 1, { from, to: this.end });
    if (from >= to) {
      return EMPTY_COLUMN;
    }
    const timestamps = this.timestamps.subarray(from, to);
    const values = this.values.subarray(column * this.stride + from, column * this.stride + to);
    const dense = (this.lastGap[column] ?? -1) < from && (to < this.end || values[values.length - 1] !== HOLE);
    return dense ? { timestamps, values } : withoutHoles(timestamps, values);
  }

  /** Forgets slots before the given time; their memory is given back once it is worth a copy. */
  dropBefore(timestampMs: number): void {
    this.start = lowerBound(this.timestamps, timestampMs, { from: this.start, to: this.end });
    if (this.end - this.start < this.stride / 2 && this.stride > FIRST_CAPACITY) {
      this.#move(Math.max(FIRST_CAPACITY, Math.ceil((this.end - this.start) * 1.25)));
    }
  }

  /** Columns that the newest slot leaves out have a hole there, known once the slot is over. */
  #noteHoles(): void {
    const newest = this.end - 1;
    if (newest < this.start || this.filled >= this.columns) {
      return;
    }
    for (let column = 0; column < this.columns; column += 1) {
      if (this.values[column * this.stride + newest] === HOLE) {
        this.lastGap[column] = newest;
      }
    }
  }

  #move(capacity: number): void {
    const { start, end, stride, values } = this;
    const length = end - start;
    const timestamps = sharedColumn(capacity);
    timestamps.set(this.timestamps.subarray(start, end));
    const moved = sharedColumn(this.columns * capacity).fill(HOLE);
    for (let column = 0; column < this.columns; column += 1) {
      moved.set(values.subarray(column * stride + start, column * stride + end), column * capacity);
      this.lastGap[column] = Math.max(-1, (this.lastGap[column] ?? -1) - start);
      this.lastDrop[column] = Math.max(-1, (this.lastDrop[column] ?? -1) - start);
    }
    this.timestamps = timestamps;
    this.values = moved;
    this.stride = capacity;
    this.start = 0;
    this.end = length;
    this.generation += 1;
  }
}

function sharedColumn(length: number): Float64Array<SharedArrayBuffer> {
  return new Float64Array(new SharedArrayBuffer(length * Float64Array.BYTES_PER_ELEMENT));
}

function withoutHoles(timestamps: Float64Array, values: Float64Array): Column {
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
