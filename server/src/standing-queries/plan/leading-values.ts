import type { HotGroup } from '../../model/hot-series.ts';
import type { PlacedRows } from './newest-values.ts';
import type { GroupRows } from './watched-rows.ts';

/** Slots read ahead: the values of one column that a processor reads from memory in one go. */
const AHEAD = 8;

/**
 * The values that stand at the beginning of a window that moves on slot by slot, side by side for all rows of a selection. They
 * are read from the columns some slots ahead, so that most ticks find them here. Slots are known by their times.
 */
export class LeadingValues {
  /** The values asked for last are `values[offset + place]`. */
  values: Float64Array = new Float64Array(0);
  #capacity = 0;
  /** By group, the times of the slots that are here. */
  #times: Float64Array = new Float64Array(0);
  #placings = -1;

  /** Prepares for groups that may have come, or been made anew. */
  follow({ groups, placedColumns }: PlacedRows, placings: number): void {
    const isGrown = this.#capacity < placedColumns.length || this.#times.length < groups.length * AHEAD;
    if (placings === this.#placings && !isGrown) {
      return;
    }
    this.#placings = placings;
    if (isGrown) {
      this.#capacity = placedColumns.length;
      this.values = new Float64Array(this.#capacity * AHEAD);
      this.#times = new Float64Array(Math.ceil(groups.length * 1.25) * AHEAD);
    }
    this.#times.fill(Number.NaN);
  }

  /** Where the values of a group's slot are: the offset to add to places. The slot must not be the group's newest. */
  offsetOf(
    { groups, placedColumns }: PlacedRows,
    index: number,
    { slot, timeMs }: { readonly slot: number; readonly timeMs: number },
  ): number {
    const first = index * AHEAD;
    for (let k = 0; k < AHEAD; k += 1) {
      if (this.#times[first + k] === timeMs) {
        return k * this.#capacity;
      }
    }
    const rows = groups[index];
    if (rows !== undefined) {
      this.#read(rows, placedColumns, slot);
    }
    return 0;
  }

  /** The newest slot may still be being filled, so it is never read ahead. Groups differ in how far they read, to take turns. */
  #read(rows: GroupRows, placedColumns: Int32Array, slot: number): void {
    const { group, index, begin, end } = rows;
    const { values, stride } = group;
    const isFirst = Number.isNaN(this.#times[index * AHEAD]);
    const wanted = isFirst ? 1 + (index % AHEAD) : AHEAD;
    const count = Math.max(1, Math.min(wanted, group.end - 1 - slot));
    this.#noteTimes(group, { first: index * AHEAD, slot, count });
    const capacity = this.#capacity;
    for (let i = begin; i < end; i += 1) {
      const base = (placedColumns[i] ?? 0) * stride + slot;
      for (let k = 0; k < count; k += 1) {
        this.values[k * capacity + i] = values[base + k] ?? 0;
      }
    }
  }

  #noteTimes({ timestamps }: HotGroup, { first, slot, count }: { first: number; slot: number; count: number }): void {
    for (let k = 0; k < AHEAD; k += 1) {
      this.#times[first + k] = k < count ? (timestamps[slot + k] ?? Number.NaN) : Number.NaN;
    }
  }
}
