import { HOLE, STALE } from '../../model/sample.ts';
import type { GroupRows } from './watched-rows.ts';

/** The places of a selection's rows, group after group. */
export interface PlacedRows {
  readonly groups: readonly GroupRows[];
  readonly placedColumns: Int32Array;
}

/**
 * The newest value of each placed row at one time, side by side: nodes that ask in turn need not go to each column's memory
 * again. For each group it tells whether every row has one, and where the newest gap and drop of its rows are.
 */
export class NewestValues {
  timeMs = Number.NaN;
  /** By place; HOLE or STALE only where the group is not alive. */
  values: Float64Array = new Float64Array(0);
  /** By group, 1 when all of its rows have a value in the newest slot. */
  alive: Uint8Array = new Uint8Array(0);
  /** By group, the newest slots of any row that may have no value, or a lower one than before. */
  gaps: Int32Array = new Int32Array(0);
  drops: Int32Array = new Int32Array(0);

  /** @param ends by group, the slot behind the newest one */
  gather({ groups, placedColumns }: PlacedRows, ends: Int32Array): void {
    if (this.values.length < placedColumns.length) {
      this.values = new Float64Array(placedColumns.length);
    }
    if (this.alive.length < groups.length) {
      const room = Math.ceil(groups.length * 1.25);
      this.alive = new Uint8Array(room);
      this.gaps = new Int32Array(room);
      this.drops = new Int32Array(room);
    }
    for (let index = 0; index < groups.length; index += 1) {
      const rows = groups[index];
      if (rows !== undefined) {
        this.#gatherGroup(rows, placedColumns, (ends[index] ?? 0) - 1);
      }
    }
  }

  #gatherGroup({ group, index, begin, end }: GroupRows, placedColumns: Int32Array, slot: number): void {
    const { values, stride, lastGap, lastDrop } = group;
    const out = this.values;
    let gap = -1;
    let drop = -1;
    let alive = slot < group.start ? 0 : 1;
    for (let i = begin; i < end; i += 1) {
      const column = placedColumns[i] ?? 0;
      const value = alive === 0 && slot < group.start ? HOLE : (values[column * stride + slot] ?? HOLE);
      out[i] = value;
      alive &= value === HOLE || value === STALE ? 0 : 1;
      const gapOfColumn = lastGap[column] ?? 0;
      const dropOfColumn = lastDrop[column] ?? 0;
      gap = gapOfColumn > gap ? gapOfColumn : gap;
      drop = dropOfColumn > drop ? dropOfColumn : drop;
    }
    this.alive[index] = alive;
    this.gaps[index] = gap;
    this.drops[index] = drop;
  }
}
