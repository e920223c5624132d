import { STALE } from '../../model/sample.ts';
import { GroupMemory } from './group-memory.ts';
import { RangeNode, type RangeNodeOptions } from './range-node.ts';
import type { OpenSelection } from './selector-source.ts';
import type { GroupRows } from './watched-rows.ts';

/** A sum this much smaller than the largest it was or took in is added up anew: what the large ones left of its last digits would show. */
const SMALLEST_SHARE = 1e-6;

interface Slots {
  readonly from: number;
  readonly to: number;
}

/**
 * `sum_over_time` and `avg_over_time`. Each row's sum is kept in two parts (Dekker's double-double) and goes on with the samples
 * that come and leave; it differs from one added up anew by less than the rounding of the result.
 */
export class SumNode extends RangeNode {
  readonly #isMean: boolean;
  readonly #memory = new GroupMemory();
  /** By place. */
  #high: Float64Array = new Float64Array(0);
  #low: Float64Array = new Float64Array(0);
  #peak: Float64Array = new Float64Array(0);
  #first: Float64Array = new Float64Array(0);

  constructor(selection: OpenSelection, options: RangeNodeOptions & { readonly isMean: boolean }) {
    super(selection, options);
    this.#isMean = options.isMean;
  }

  protected override readSlots(rows: GroupRows, from: number, to: number): void {
    const memory = this.#memory;
    memory.follow(this.watched, this.fromMs);
    if (to - from < 2 || !this.isDense(rows, from, to)) {
      memory.forget(rows);
      super.readSlots(rows, from, to);
      return;
    }
    this.#reserve(this.watched.placedRows.length);
    const fresh = memory.firstNew(rows, to);
    const left = memory.left(rows, from);
    if (fresh < to - 1 || left > 1) {
      this.#readAll(rows, { from, to });
    } else {
      this.#move(rows, { from, to }, { hasNew: fresh === to - 1, hasLeft: left === 1 });
    }
    this.#noteFirst(rows, from);
    memory.note(rows, from, to);
  }

  #move(rows: GroupRows, slots: Slots, { hasNew, hasLeft }: { hasNew: boolean; hasLeft: boolean }): void {
    const { placedRows } = this.watched;
    const newest = this.newest().values;
    const high = this.#high;
    const low = this.#low;
    const peak = this.#peak;
    const count = slots.to - slots.from;
    for (let i = rows.begin; i < rows.end; i += 1) {
      const come = hasNew ? (newest[i] ?? 0) : 0;
      const gone = hasLeft ? -(this.#first[i] ?? 0) : 0;
      const before = high[i] ?? 0;
      const sum = before + come;
      const part = sum - before;
      const total = sum + gone;
      const partOfTotal = total - sum;
      const error = before - (sum - part) + (come - part) + (sum - (total - partOfTotal) + (gone - partOfTotal)) + (low[i] ?? 0);
      const result = total + error;
      const size = Math.abs(result);
      const most = Math.max(peak[i] ?? 0, size, Math.abs(come));
      if (!(size >= most * SMALLEST_SHARE) || size === Number.POSITIVE_INFINITY) {
        this.#readOne(rows, i, slots);
        continue;
      }
      const rest = error - (result - total);
      high[i] = result;
      low[i] = rest;
      peak[i] = most;
      this.values[placedRows[i] ?? 0] = this.#isMean ? result / count + rest / count : result;
    }
  }

  #readAll(rows: GroupRows, slots: Slots): void {
    for (let i = rows.begin; i < rows.end; i += 1) {
      this.#readOne(rows, i, slots);
    }
  }

  #readOne(rows: GroupRows, place: number, { from, to }: Slots): void {
    const { values, stride } = rows.group;
    const column = this.watched.placedColumns[place] ?? 0;
    const row = this.watched.placedRows[place] ?? 0;
    const base = column * stride;
    let total = values[base + from] ?? 0;
    let error = 0;
    let peak = Math.abs(total);
    for (let i = base + from + 1; i < base + to; i += 1) {
      const value = values[i] ?? 0;
      const next = total + value;
      const part = next - total;
      error += total - (next - part) + (value - part);
      total = next;
      peak = Math.max(peak, Math.abs(next));
    }
    const result = total + error;
    if (!Number.isFinite(result)) {
      this.#high[place] = Number.NaN;
      this.values[row] = this.readDense(rows, column, { from, to });
      return;
    }
    this.#high[place] = result;
    this.#low[place] = error - (result - total);
    this.#peak[place] = peak;
    this.values[row] = this.#isMean ? total / (to - from) + error / (to - from) : result;
  }

  #noteFirst(rows: GroupRows, from: number): void {
    const leading = this.watched.leadingOf(this.window.lengthMs);
    const offset = leading.offsetOf(rows, this.watched.placedColumns, from);
    for (let i = rows.begin; i < rows.end; i += 1) {
      this.#first[i] = leading.values[offset + i] ?? STALE;
    }
  }

  #reserve(places: number): void {
    if (this.#high.length < places) {
      this.#high = grown(this.#high, places);
      this.#low = grown(this.#low, places);
      this.#peak = grown(this.#peak, places);
      this.#first = grown(this.#first, places);
    }
  }
}

function grown(column: Float64Array, length: number): Float64Array {
  const larger = new Float64Array(length);
  larger.set(column);
  return larger;
}
