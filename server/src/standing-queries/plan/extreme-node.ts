import { ABSENT } from '../../model/sample.ts';
import { GroupMemory } from './group-memory.ts';
import type { SlotsAt } from './group-table.ts';
import { RangeNode, type RangeNodeOptions } from './range-node.ts';
import type { OpenSelection } from './selector-source.ts';
import type { GroupRows } from './watched-rows.ts';

/** `first` to before `end`. */
interface Slots {
  readonly first: number;
  readonly end: number;
}

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

  protected override readGroups(from: SlotsAt, to: SlotsAt): void {
    const memory = this.#memory;
    memory.follow(this.watched, this.fromMs);
    if (this.#best.length < this.watched.placedRows.length) {
      this.#best = grown(this.#best, this.watched.placedRows.length);
      this.#bestMs = grown(this.#bestMs, this.watched.placedRows.length);
    }
    const { groups, groupNumbers } = this.watched;
    const newest = this.newest();
    for (let index = 0; index < groups.length; index += 1) {
      const number = groupNumbers[index] ?? 0;
      const first = from.slots[number] ?? 0;
      const end = newest.ends[index] ?? 0;
      if (end <= first || !this.isSteady(index, first)) {
        memory.forget(index);
        this.readGroupAt(index, from, to);
        continue;
      }
      const lastMs = newest.lastMs[index] ?? 0;
      const come = memory.come(index, newest);
      this.#read(index, { first, end }, { hasAll: come > 1, newestMs: come === 1 ? lastMs : Number.NaN });
      memory.note(index, from.nextMs[number] ?? 0, lastMs);
    }
  }

  /** @param how whether all slots are to be looked at, else when the one that is new is, NaN for none */
  #read(
    index: number,
    { first, end }: Slots,
    { hasAll, newestMs }: { readonly hasAll: boolean; readonly newestMs: number },
  ): void {
    const { groups, groupBegins, placedRows } = this.watched;
    const newest = this.newest().values;
    const best = this.#best;
    const bestMs = this.#bestMs;
    const isMost = this.#isMost;
    const { fromMs, values } = this;
    const hasNew = !Number.isNaN(newestMs);
    const last = groupBegins[index + 1] ?? 0;
    for (let i = groupBegins[index] ?? 0; i < last; i += 1) {
      if (hasAll || !((bestMs[i] ?? 0) > fromMs)) {
        values[placedRows[i] ?? 0] = this.#search(groups[index], i, { first, end });
        continue;
      }
      if (hasNew) {
        const value = newest[i] ?? 0;
        const before = best[i] ?? 0;
        if (isMost ? value >= before : value <= before) {
          best[i] = value;
          bestMs[i] = newestMs;
        }
      }
      values[placedRows[i] ?? 0] = best[i] ?? 0;
    }
  }

  /** NaN only where all values are: then nothing is kept. Of equal ones the newest counts, it stays longest. */
  #search(rows: GroupRows | undefined, place: number, { first, end }: Slots): number {
    if (rows === undefined) {
      return ABSENT;
    }
    const { timestamps, values, stride } = rows.group;
    const base = (this.watched.placedColumns[place] ?? 0) * stride;
    let slot = first;
    while (slot < end - 1 && Number.isNaN(values[base + slot])) {
      slot += 1;
    }
    let best = values[base + slot] ?? 0;
    let at = slot;
    const isMost = this.#isMost;
    for (; slot < end; slot += 1) {
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
