import { HOLE, STALE } from '../../model/sample.ts';
import type { SlotsAt } from './group-table.ts';
import { RangeNode } from './range-node.ts';
import type { GroupRows } from './watched-rows.ts';

/** `resets`: the store notes where a series last went down, so that a window without a reset needs no look at its values. */
export class ResetsNode extends RangeNode {
  protected override readGroups(from: SlotsAt, to: SlotsAt): void {
    const { groups, groupNumbers, groupBegins, placedRows } = this.watched;
    const { drops, ends } = this.newest();
    const { values } = this;
    for (let index = 0; index < groups.length; index += 1) {
      const first = from.slots[groupNumbers[index] ?? 0] ?? 0;
      if ((ends[index] ?? 0) <= first || (drops[index] ?? 0) > first || !this.isSteady(index, first)) {
        this.readGroupAt(index, from, to);
        continue;
      }
      const end = groupBegins[index + 1] ?? 0;
      for (let i = groupBegins[index] ?? 0; i < end; i += 1) {
        values[placedRows[i] ?? 0] = 0;
      }
    }
  }

  protected override readSlots(rows: GroupRows, from: number, to: number): void {
    if (this.fromMs < rows.groupedAfterMs || to <= from) {
      super.readSlots(rows, from, to);
    } else {
      this.#readEach(rows, from, to);
    }
  }

  #readEach(rows: GroupRows, from: number, to: number): void {
    const { values, stride, lastGap, lastDrop } = rows.group;
    const { placedRows, placedColumns } = this.watched;
    const out = this.values;
    const { end } = rows;
    for (let i = rows.begin; i < end; i += 1) {
      const column = placedColumns[i] ?? 0;
      const row = placedRows[i] ?? 0;
      const last = values[column * stride + to - 1] ?? HOLE;
      if (last === HOLE || last === STALE || (lastGap[column] ?? 0) >= from) {
        out[row] = this.readGappy(rows, column, { from, to });
      } else {
        out[row] = (lastDrop[column] ?? 0) <= from ? 0 : this.readDense(rows, column, { from, to });
      }
    }
  }
}
