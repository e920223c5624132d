import { STALE } from '../../model/sample.ts';
import { GroupMemory } from './group-memory.ts';
import type { SlotsAt } from './group-table.ts';
import { RangeNode, type RangeNodeOptions } from './range-node.ts';
import type { OpenSelection } from './selector-source.ts';

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

  protected override readGroups(from: SlotsAt, to: SlotsAt): void {
    const memory = this.#memory;
    memory.follow(this.watched, this.fromMs);
    this.#reserve(this.watched.placedRows.length);
    const { groups, groupNumbers } = this.watched;
    const leading = this.watched.leadingOf(this.window.lengthMs);
    const newest = this.newest();
    for (let index = 0; index < groups.length; index += 1) {
      const number = groupNumbers[index] ?? 0;
      const first = from.slots[number] ?? 0;
      const end = newest.ends[index] ?? 0;
      if (end - first < 2 || !this.isSteady(index, first)) {
        memory.forget(index);
        this.readGroupAt(index, from, to);
        continue;
      }
      const come = memory.come(index, newest);
      const gone = memory.gone(index, number, from);
      const firstMs = from.nextMs[number] ?? 0;
      const offset = leading.offsetOf(this.watched, index, { slot: first, timeMs: firstMs });
      if (come > 1 || gone > 1) {
        this.#readAll(index, { from: first, to: end });
      } else {
        this.#move(index, { from: first, to: end }, { hasNew: come === 1, hasLeft: gone === 1 });
      }
      this.#noteFirst(index, leading.values, offset);
      memory.note(index, firstMs, newest.lastMs[index] ?? 0);
    }
  }

  #move(index: number, slots: Slots, { hasNew, hasLeft }: { hasNew: boolean; hasLeft: boolean }): void {
    const { groupBegins, placedRows } = this.watched;
    const newest = this.newest().values;
    const high = this.#high;
    const low = this.#low;
    const peak = this.#peak;
    const count = slots.to - slots.from;
    const last = groupBegins[index + 1] ?? 0;
    for (let i = groupBegins[index] ?? 0; i < last; i += 1) {
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
        this.#readOne(index, i, slots);
        continue;
      }
      const rest = error - (result - total);
      high[i] = result;
      low[i] = rest;
      peak[i] = most;
      this.values[placedRows[i] ?? 0] = this.#isMean ? result / count + rest / count : result;
    }
  }

  #readAll(index: number, slots: Slots): void {
    const last = this.watched.groupBegins[index + 1] ?? 0;
    for (let i = this.watched.groupBegins[index] ?? 0; i < last; i += 1) {
      this.#readOne(index, i, slots);
    }
  }

  #readOne(index: number, place: number, { from, to }: Slots): void {
    const rows = this.watched.groups[index];
    if (rows === undefined) {
      return;
    }
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

  #noteFirst(index: number, values: Float64Array, offset: number): void {
    const first = this.#first;
    const last = this.watched.groupBegins[index + 1] ?? 0;
    for (let i = this.watched.groupBegins[index] ?? 0; i < last; i += 1) {
      first[i] = values[offset + i] ?? STALE;
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
