import { GroupMemory } from './group-memory.ts';
import { RangeNode, type RangeNodeOptions } from './range-node.ts';
import type { OpenSelection } from './selector-source.ts';
import type { GroupRows } from './watched-rows.ts';

/**
 * `min_over_time` and `max_over_time`. Each row's extreme is kept with its time: until that leaves the window, only samples that
 * are new are looked at.
 */
export class ExtremeNode extends RangeNode {
  readonly #isMost: boolean;
  readonly #memory = new GroupMemory();
  /** By place. */
  #best: Float64Array = new Float64Array(0);
  #bestMs: Float64Array = new Float64Array(0);

  constructor(selection: OpenSelection, options: RangeNodeOptions & { readonly isMost: boolean }) {
    super(selection, options);
    this.#isMost = options.isMost;
  }

  protected override readSlots(rows: GroupRows, from: number, to: number): void {
    const memory = this.#memory;
    memory.follow(this.watched, this.fromMs);
    if (!this.isDense(rows, from, to)) {
      memory.forget(rows);
      super.readSlots(rows, from, to);
      return;
    }
    if (this.#best.length < this.watched.placedRows.length) {
      this.#best = grown(this.#best, this.watched.placedRows.length);
      this.#bestMs = grown(this.#bestMs, this.watched.placedRows.length);
    }
    const fresh = memory.firstNew(rows, to);
    if (fresh < from) {
      this.#readAll(rows, from, to);
    } else {
      this.#readNew(rows, { from, fresh, to });
    }
    memory.note(rows, from, to);
  }

  #readAll({ group, begin, end }: GroupRows, from: number, to: number): void {
    const { placedRows, placedColumns } = this.watched;
    for (let i = begin; i < end; i += 1) {
      const base = (placedColumns[i] ?? 0) * group.stride;
      this.values[placedRows[i] ?? 0] = this.#search(group, { place: i, base, from, to });
    }
  }

  #readNew({ group, begin, end }: GroupRows, { from, fresh, to }: { from: number; fresh: number; to: number }): void {
    const { placedRows, placedColumns } = this.watched;
    const { timestamps, values, stride } = group;
    const newest = this.newest().values;
    const best = this.#best;
    const bestMs = this.#bestMs;
    const isMost = this.#isMost;
    const { fromMs } = this;
    const last = to - 1;
    for (let i = begin; i < end; i += 1) {
      const row = placedRows[i] ?? 0;
      const base = (placedColumns[i] ?? 0) * stride;
      if (!((bestMs[i] ?? 0) > fromMs)) {
        this.values[row] = this.#search(group, { place: i, base, from, to });
        continue;
      }
      for (let slot = fresh; slot < to; slot += 1) {
        const value = (slot === last ? newest[i] : values[base + slot]) ?? 0;
        const before = best[i] ?? 0;
        if (isMost ? value >= before : value <= before) {
          best[i] = value;
          bestMs[i] = timestamps[slot] ?? 0;
        }
      }
      this.values[row] = best[i] ?? 0;
    }
  }

  /** NaN only where all values are: then nothing is kept. Of equal ones the newest counts, it stays longest. */
  #search(
    { timestamps, values }: GroupRows['group'],
    { place, base, from, to }: { place: number; base: number; from: number; to: number },
  ): number {
    let slot = from;
    while (slot < to - 1 && Number.isNaN(values[base + slot])) {
      slot += 1;
    }
    let best = values[base + slot] ?? 0;
    let at = slot;
    const isMost = this.#isMost;
    for (; slot < to; slot += 1) {
      const value = values[base + slot] ?? 0;
      if (isMost ? value >= best : value <= best) {
        best = value;
        at = slot;
      }
    }
    this.#best[place] = best;
    this.#bestMs[place] = Number.isNaN(best) ? Number.NEGATIVE_INFINITY : (timestamps[at] ?? 0);
    return best;
  }
}

function grown(column: Float64Array, length: number): Float64Array {
  const larger = new Float64Array(length);
  larger.set(column);
  return larger;
}
