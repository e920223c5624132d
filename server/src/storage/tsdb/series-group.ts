import { type HotGroup, RECENT_SLOTS } from '../../model/hot-series.ts';
import { HOLE, STALE } from '../../model/sample.ts';
import { type Column, EMPTY_COLUMN, lowerBound, withoutHoles } from './column.ts';
import type { MemorySeries } from './memory-series.ts';

const CAPACITY_STEP = 32;
const SPARE_SLOTS = 8;
/** A group that has lost more than this share of its columns is made narrower at the next opportunity. */
const TOLERATED_WASTE = 0.2;

/** The times of a run of slots, made once for all columns that ask for it in turn. */
interface SlotView {
  readonly from: number;
  readonly to: number;
  readonly generation: number;
  readonly timestamps: Float64Array;
}

/** A group as plain arrays, to be handed to another thread. */
export interface GroupState {
  /** By column, 0 for a series that has left. */
  readonly refs: Uint32Array;
  readonly isLive: Uint8Array;
  readonly timestamps: Float64Array<SharedArrayBuffer>;
  readonly values: Float64Array<SharedArrayBuffer>;
  readonly lastGap: Int32Array;
  readonly lastDrop: Int32Array;
  readonly start: number;
  readonly end: number;
  readonly filled: number;
}

/**
 * The hot samples of series that are written together: one time column for all, one value column each, in shared memory so
 * that query workers read them in place. Values only ever appear at the end or fill a hole; whatever else changes the group
 * (growing, dropping) makes new arrays, so a view taken once stays true. One write costs about 10 ns.
 */
export class SeriesGroup implements HotGroup {
  recent: Float64Array;
  lastGap: Int32Array;
  newestGap = -1;
  lastDrop: Int32Array;
  timestamps: Float64Array<SharedArrayBuffer>;
  values: Float64Array<SharedArrayBuffer>;
  stride: number;
  start = 0;
  end = 0;
  /** Values written to the newest slot. */
  filled = 0;
  /** Rises with every change of arrays. */
  generation = 0;
  /** By column; undefined for a series that has left. */
  #members: (MemorySeries | undefined)[];
  /** By column, 1 when the series is there and its newest value does not end it. */
  #isLive: Uint8Array;
  /** By column, samples before this time have been cut to blocks and wait for the slots to be dropped. */
  #hiddenBefore: Float64Array;
  #liveCount: number;
  #view: SlotView | undefined;

  /** Takes the series in; each finds its samples in its column from now on. */
  constructor(members: readonly MemorySeries[], capacity = CAPACITY_STEP) {
    const columns = members.length;
    this.stride = capacity;
    this.timestamps = sharedColumn(capacity);
    this.values = sharedColumn(columns * capacity).fill(HOLE);
    this.recent = new Float64Array(columns * RECENT_SLOTS).fill(HOLE);
    this.lastGap = new Int32Array(columns).fill(-1);
    this.lastDrop = new Int32Array(columns).fill(-1);
    this.#members = [...members];
    this.#isLive = new Uint8Array(columns).fill(1);
    this.#hiddenBefore = new Float64Array(columns).fill(Number.NEGATIVE_INFINITY);
    this.#liveCount = columns;
    for (const [column, series] of members.entries()) {
      series.group = this;
      series.column = column;
    }
  }

  /** The same group in another thread: its members are found by their refs. Nothing of it may be hidden. */
  static of(state: GroupState, members: readonly (MemorySeries | undefined)[]): SeriesGroup {
    const group = new SeriesGroup([], 0);
    group.#members = [...members];
    group.#isLive = state.isLive;
    group.#liveCount = state.isLive.reduce((sum, isLive) => sum + isLive, 0);
    group.#hiddenBefore = new Float64Array(members.length).fill(Number.NEGATIVE_INFINITY);
    group.timestamps = state.timestamps;
    group.values = state.values;
    group.stride = state.timestamps.length;
    group.lastGap = state.lastGap;
    group.newestGap = Math.max(-1, ...state.lastGap);
    group.lastDrop = state.lastDrop;
    group.start = state.start;
    group.end = state.end;
    group.filled = state.filled;
    group.#findRecent();
    for (const [column, series] of members.entries()) {
      if (series !== undefined) {
        series.group = group;
        series.column = column;
      }
    }
    return group;
  }

  /** For `of`. */
  get state(): GroupState {
    const { timestamps, values, lastGap, lastDrop, start, end, filled } = this;
    const refs = Uint32Array.from(this.#members, (series) => series?.ref ?? 0);
    return { refs, isLive: this.#isLive, timestamps, values, lastGap, lastDrop, start, end, filled };
  }

  get columns(): number {
    return this.#members.length;
  }

  /** The newest time, -Infinity while empty. */
  get newestMs(): number {
    return this.end === this.start ? Number.NEGATIVE_INFINITY : (this.timestamps[this.end - 1] ?? 0);
  }

  get bytes(): number {
    return (
      this.timestamps.byteLength +
      this.values.byteLength +
      this.recent.byteLength +
      2 * this.lastGap.byteLength +
      this.#isLive.byteLength
    );
  }

  /** False while the newest slot misses most of the series that live: then whoever is ahead of it does not belong here. */
  get mayOpen(): boolean {
    return this.filled * 2 >= this.#liveCount;
  }

  /** Begins a slot newer than all others. */
  open(timestampMs: number): void {
    if (this.end === this.stride) {
      this.#move(roomFor(this.end - this.start));
    }
    this.#noteHoles();
    this.timestamps[this.end] = timestampMs;
    const recent = (this.end % RECENT_SLOTS) * this.columns;
    this.recent.fill(HOLE, recent, recent + this.columns);
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

  /** The value at exactly this time, or HOLE. */
  valueOf(column: number, timestampMs: number): number {
    const slot = timestampMs < this.hiddenBefore(column) ? -1 : this.slotOf(timestampMs);
    return slot < 0 ? HOLE : this.valueAt(column, slot);
  }

  /** A column's samples before this time are in blocks and no longer count. */
  hiddenBefore(column: number): number {
    return this.#hiddenBefore[column] ?? Number.NEGATIVE_INFINITY;
  }

  /** The column's samples before the given time have been cut to blocks. */
  hide(column: number, beforeMs: number): void {
    this.#hiddenBefore[column] = beforeMs;
  }

  valueAt(column: number, slot: number): number {
    return this.values[column * this.stride + slot] ?? HOLE;
  }

  /** Fills a hole. */
  put(column: number, slot: number, value: number): void {
    const at = column * this.stride + slot;
    this.values[at] = value;
    if (slot >= this.end - RECENT_SLOTS) {
      this.recent[(slot % RECENT_SLOTS) * this.columns + column] = value;
    }
    if (slot === this.end - 1) {
      this.filled += 1;
      this.#noteLife(column, value !== STALE);
    } else if ((this.values[at + 1] ?? HOLE) < value) {
      this.lastDrop[column] = Math.max(this.lastDrop[column] ?? -1, slot + 1);
    }
    if (value === STALE) {
      this.lastGap[column] = Math.max(this.lastGap[column] ?? -1, slot);
      this.newestGap = Math.max(this.newestGap, slot);
    } else if (slot > this.start && value < (this.values[at - 1] ?? HOLE)) {
      this.lastDrop[column] = Math.max(this.lastDrop[column] ?? -1, slot);
    }
  }

  /** A column's samples with `fromMs <= t <= toMs`: views where it has no holes, one of times for all columns, copies where it has. */
  window(column: number, fromMs: number, toMs: number): Column {
    const from = this.#firstSlot(column, fromMs);
    let to = toMs >= this.newestMs ? this.end : lowerBound(this.timestamps, Math.floor(toMs) + 1, { from, to: this.end });
    // The newest slot may still be being filled.
    to -= to === this.end && to > from && this.valueAt(column, to - 1) === HOLE ? 1 : 0;
    if (from >= to) {
      return EMPTY_COLUMN;
    }
    const timestamps = this.#slotView(from, to);
    const values = this.values.subarray(column * this.stride + from, column * this.stride + to);
    return this.#mayHaveHoles(column, from, to) ? withoutHoles(timestamps, values) : { timestamps, values };
  }

  /** The time of a column's oldest sample that is not before the given time, or Infinity. */
  oldestIn(column: number, fromMs: number): number {
    const from = this.#firstSlot(column, fromMs);
    for (let slot = from; slot < this.end; slot += 1) {
      if (this.valueAt(column, slot) !== HOLE) {
        return this.timestamps[slot] ?? Number.POSITIVE_INFINITY;
      }
    }
    return Number.POSITIVE_INFINITY;
  }

  /** The time of a column's newest sample, or -Infinity. */
  newestIn(column: number): number {
    for (let slot = this.end - 1; slot >= this.start; slot -= 1) {
      if (this.valueAt(column, slot) !== HOLE) {
        return this.timestamps[slot] ?? Number.NEGATIVE_INFINITY;
      }
    }
    return Number.NEGATIVE_INFINITY;
  }

  /** How many samples a column has. */
  count(column: number): number {
    const from = this.#firstSlot(column, Number.NEGATIVE_INFINITY);
    if (!this.#mayHaveHoles(column, from, this.end)) {
      return this.end - from;
    }
    let count = 0;
    for (let slot = from; slot < this.end; slot += 1) {
      count += this.valueAt(column, slot) === HOLE ? 0 : 1;
    }
    return count;
  }

  /** Lets a series go with copies of its samples; its column stays as it is, for readers that look at it. */
  leave(series: MemorySeries): void {
    series.merge(this.window(series.column, Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY));
    this.#noteLife(series.column, false);
    this.#members[series.column] = undefined;
    series.group = null;
    series.column = 0;
  }

  /**
   * Forgets slots before the given time, whose samples must be in blocks, and columns that have nothing left. Their memory is
   * given back once it is worth a copy. True when series changed their columns or left.
   */
  dropBefore(timestampMs: number): boolean {
    this.start = lowerBound(this.timestamps, timestampMs, { from: this.start, to: this.end });
    this.#hiddenBefore.fill(Number.NEGATIVE_INFINITY);
    const kept = this.#columnsInUse();
    const isWide = kept.length < this.columns * (1 - TOLERATED_WASTE);
    if (isWide) {
      this.#keepColumns(kept);
    }
    const room = roomFor(this.end - this.start);
    if (isWide || room < this.stride) {
      this.#move(room);
    }
    return isWide;
  }

  #firstSlot(column: number, fromMs: number): number {
    return lowerBound(this.timestamps, Math.max(fromMs, this.hiddenBefore(column)), { from: this.start, to: this.end });
  }

  #mayHaveHoles(column: number, from: number, to: number): boolean {
    return (this.lastGap[column] ?? -1) >= from || (to === this.end && this.valueAt(column, to - 1) === HOLE);
  }

  #slotView(from: number, to: number): Float64Array {
    const { generation } = this;
    const known = this.#view;
    if (known !== undefined && known.from === from && known.to === to && known.generation === generation) {
      return known.timestamps;
    }
    this.#view = { from, to, generation, timestamps: this.timestamps.subarray(from, to) };
    return this.#view.timestamps;
  }

  #noteLife(column: number, isLive: boolean): void {
    const was = this.#isLive[column] ?? 0;
    if ((was === 1) !== isLive) {
      this.#isLive[column] = isLive ? 1 : 0;
      this.#liveCount += isLive ? 1 : -1;
    }
  }

  /** Columns that the newest slot leaves out have a hole there, known once the slot is over. */
  #noteHoles(): void {
    const newest = this.end - 1;
    if (newest < this.start || this.filled >= this.columns) {
      return;
    }
    const recent = (newest % RECENT_SLOTS) * this.columns;
    for (let column = 0; column < this.columns; column += 1) {
      if (this.recent[recent + column] === HOLE) {
        this.lastGap[column] = newest;
        this.newestGap = newest;
      }
    }
  }

  #columnsInUse(): readonly number[] {
    const kept: number[] = [];
    for (const [column, series] of this.#members.entries()) {
      const isLive = this.#isLive[column] === 1;
      if (series !== undefined && (isLive || this.oldestIn(column, Number.NEGATIVE_INFINITY) < Number.POSITIVE_INFINITY)) {
        kept.push(column);
      }
    }
    return this.end === this.start ? [] : kept;
  }

  /** Puts the columns to keep next to each other, in a new matrix. */
  #keepColumns(kept: readonly number[]): void {
    for (const series of this.#members) {
      if (series !== undefined) {
        series.group = null;
      }
    }
    const { stride } = this;
    const values = sharedColumn(kept.length * stride);
    for (const [to, from] of kept.entries()) {
      values.set(this.values.subarray(from * stride, (from + 1) * stride), to * stride);
      const series = this.#members[from];
      if (series !== undefined) {
        series.group = this;
        series.column = to;
      }
    }
    this.values = values;
    this.#members = kept.map((column) => this.#members[column]);
    this.lastGap = Int32Array.from(kept, (column) => this.lastGap[column] ?? -1);
    this.lastDrop = Int32Array.from(kept, (column) => this.lastDrop[column] ?? -1);
    this.#hiddenBefore = new Float64Array(kept.length).fill(Number.NEGATIVE_INFINITY);
    this.#isLive = Uint8Array.from(kept, (column) => this.#isLive[column] ?? 0);
    this.filled = kept.filter((_, column) => this.valueAt(column, this.end - 1) !== HOLE).length;
    this.generation += 1;
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
    this.newestGap = Math.max(-1, this.newestGap - start);
    this.timestamps = timestamps;
    this.values = moved;
    this.stride = capacity;
    this.start = 0;
    this.end = length;
    this.#findRecent();
    this.generation += 1;
  }

  /** After slots or columns got other numbers. */
  #findRecent(): void {
    const { columns, end } = this;
    this.recent = new Float64Array(columns * RECENT_SLOTS).fill(HOLE);
    for (let slot = Math.max(0, end - RECENT_SLOTS); slot < end; slot += 1) {
      const recent = (slot % RECENT_SLOTS) * columns;
      for (let column = 0; column < columns; column += 1) {
        this.recent[recent + column] = this.valueAt(column, slot);
      }
    }
  }
}

/** Sizes in steps, so that memory given back fits what is asked for next. */
function roomFor(slots: number): number {
  return Math.ceil((slots + Math.max(SPARE_SLOTS, slots >> 4)) / CAPACITY_STEP) * CAPACITY_STEP;
}

function sharedColumn(length: number): Float64Array<SharedArrayBuffer> {
  return new Float64Array(new SharedArrayBuffer(length * Float64Array.BYTES_PER_ELEMENT));
}
