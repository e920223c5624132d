import { RECENT_SLOTS } from '../../model/hot-series.ts';
import { HOLE, STALE } from '../../model/sample.ts';
import type { SlotsAt } from './group-table.ts';
import type { GroupRows } from './watched-rows.ts';

/** The places of a selection's rows, group after group. */
export interface PlacedRows {
  readonly groups: readonly GroupRows[];
  readonly placedColumns: Int32Array;
  readonly groupNumbers: Int32Array;
}

/**
 * The newest value of each placed row at one time, side by side: nodes that ask in turn need not go to each column's memory
 * again. For each group it tells whether every row has one, and where the newest gap and drop of its rows are.
 */
export class NewestValues {
  timeMs = Number.NaN;
  /** By place; HOLE or STALE only where the group is not alive. Of a group that has ended, the last ones before its end. */
  values: Float64Array = new Float64Array(0);
  /** By group, 1 when all of its rows have a value in the newest slot. */
  alive: Uint8Array = new Uint8Array(0);
  /** By group, 1 when all of its rows ended in the slot after that. */
  ended: Uint8Array = new Uint8Array(0);
  /** By group, the slot behind the newest one. */
  ends: Int32Array = new Int32Array(0);
  /** By group, when the newest slot is, and the one before it; NaN where that is not known. */
  lastMs: Float64Array = new Float64Array(0);
  beforeMs: Float64Array = new Float64Array(0);
  #gaps: Int32Array = new Int32Array(0);
  #drops: Int32Array = new Int32Array(0);
  /** What they were found for. */
  #gapsOf: PlacedRows | undefined;
  #dropsOf: PlacedRows | undefined;
  #placed: PlacedRows = { groups: [], placedColumns: new Int32Array(0), groupNumbers: new Int32Array(0) };
  readonly #endings: Endings;

  constructor(endings: Endings) {
    this.#endings = endings;
  }

  /** By group, the newest slot in which any row may have no value. */
  get gaps(): Int32Array {
    if (this.#gapsOf !== this.#placed) {
      this.#gapsOf = this.#placed;
      for (const rows of this.#placed.groups) {
        if (this.ended[rows.index] !== 1) {
          const { newestGap, start, lastGap } = rows.group;
          this.#gaps[rows.index] = newestGap < start ? -1 : this.#newestOf(rows, lastGap);
        }
      }
    }
    return this.#gaps;
  }

  /** By group, the newest slot in which any row may have a lower value than before. */
  get drops(): Int32Array {
    if (this.#dropsOf !== this.#placed) {
      this.#dropsOf = this.#placed;
      for (const rows of this.#placed.groups) {
        this.#drops[rows.index] = this.#newestOf(rows, rows.group.lastDrop);
      }
    }
    return this.#drops;
  }

  gather(placed: PlacedRows, { slots, lastMs, beforeMs }: SlotsAt): void {
    const { groups, placedColumns, groupNumbers } = placed;
    this.#reserve(placed);
    // Another object each time: what was found for the last does not hold for this.
    this.#placed = { groups, placedColumns, groupNumbers };
    for (let index = 0; index < groups.length; index += 1) {
      const rows = groups[index];
      if (rows !== undefined) {
        const number = groupNumbers[index] ?? 0;
        this.lastMs[index] = lastMs[number] ?? Number.NaN;
        this.beforeMs[index] = beforeMs[number] ?? Number.NaN;
        this.#gatherGroup(rows, placedColumns, (slots[number] ?? 0) - 1);
      }
    }
  }

  #reserve({ groups, placedColumns }: PlacedRows): void {
    if (this.values.length < placedColumns.length) {
      this.values = new Float64Array(placedColumns.length);
    }
    if (this.alive.length < groups.length) {
      const room = Math.ceil(groups.length * 1.25);
      this.alive = new Uint8Array(room);
      this.ended = new Uint8Array(room);
      this.ends = new Int32Array(room);
      this.lastMs = new Float64Array(room);
      this.beforeMs = new Float64Array(room);
      this.#gaps = new Int32Array(room);
      this.#drops = new Int32Array(room);
    }
  }

  #newestOf({ begin, end }: GroupRows, slots: Int32Array): number {
    const { placedColumns } = this.#placed;
    let newest = -1;
    for (let i = begin; i < end; i += 1) {
      newest = Math.max(newest, slots[placedColumns[i] ?? 0] ?? 0);
    }
    return newest;
  }

  #gatherGroup({ group, index, begin, end }: GroupRows, placedColumns: Int32Array, slot: number): void {
    const isRecent = slot >= group.end - RECENT_SLOTS;
    const source = isRecent ? group.recent : group.values;
    const first = isRecent ? (slot % RECENT_SLOTS) * group.columns : slot;
    const stride = isRecent ? 1 : group.stride;
    this.ends[index] = slot + 1;
    this.ended[index] = 0;
    this.alive[index] = 0;
    if (slot < group.start) {
      return;
    }
    const out = this.values;
    let stale = 0;
    let holes = 0;
    for (let i = begin; i < end; i += 1) {
      const value = source[(placedColumns[i] ?? 0) * stride + first] ?? HOLE;
      out[i] = value;
      stale += value === STALE ? 1 : 0;
      holes += value === HOLE ? 1 : 0;
    }
    this.alive[index] = stale + holes === 0 ? 1 : 0;
    if (stale === end - begin) {
      this.#gatherEnded(this.#placed.groups[index], placedColumns, slot);
    }
  }

  #gatherEnded(rows: GroupRows | undefined, placedColumns: Int32Array, endSlot: number): void {
    if (rows === undefined) {
      return;
    }
    const { group, index, begin, end } = rows;
    const gap = this.#endings.gapBefore(rows, placedColumns, endSlot);
    this.ended[index] = 1;
    this.ends[index] = endSlot;
    this.lastMs[index] = this.beforeMs[index] ?? Number.NaN;
    this.beforeMs[index] = Number.NaN;
    this.#gaps[index] = gap;
    this.alive[index] = gap === endSlot - 1 || endSlot === group.start ? 0 : 1;
    for (let i = begin; i < end; i += 1) {
      this.values[i] = group.values[(placedColumns[i] ?? 0) * group.stride + endSlot - 1] ?? HOLE;
    }
  }
}

/** Of groups whose rows have all ended in one slot, where the gap before that is: looked for once. */
export class Endings {
  /** By group, when it ended, and how many slots before that the newest gap is. */
  #endMs: Float64Array = new Float64Array(0);
  #distance: Int32Array = new Int32Array(0);

  clear(): void {
    this.#endMs.fill(Number.NaN);
  }

  gapBefore(rows: GroupRows, placedColumns: Int32Array, endSlot: number): number {
    const { group, index } = rows;
    if (this.#endMs.length <= index) {
      this.#grow(index);
    }
    const endMs = group.timestamps[endSlot] ?? 0;
    if (this.#endMs[index] !== endMs) {
      this.#endMs[index] = endMs;
      this.#distance[index] = endSlot - newestGap(rows, placedColumns, endSlot);
    }
    return Math.max(-1, endSlot - (this.#distance[index] ?? 0));
  }

  #grow(index: number): void {
    const endMs = new Float64Array(2 * index + 16).fill(Number.NaN);
    endMs.set(this.#endMs);
    this.#endMs = endMs;
    const distance = new Int32Array(endMs.length);
    distance.set(this.#distance);
    this.#distance = distance;
  }
}

/** The newest slot before one in which any row has no value; the one before the first when there is none. */
function newestGap({ group, begin, end }: GroupRows, placedColumns: Int32Array, before: number): number {
  const { values, stride, start } = group;
  let gap = start - 1;
  for (let i = begin; i < end; i += 1) {
    const base = (placedColumns[i] ?? 0) * stride;
    let slot = before - 1;
    while (slot > gap && values[base + slot] !== HOLE && values[base + slot] !== STALE) {
      slot -= 1;
    }
    gap = Math.max(gap, slot);
  }
  return gap;
}
