import { HOLE, STALE } from '../../model/sample.ts';
import { RangeNode } from './range-node.ts';
import type { GroupRows } from './watched-rows.ts';

/** `resets`: the store notes where a series last went down, so that a window without a reset needs no look at its values. */
export class ResetsNode extends RangeNode {
  protected override readSlots(rows: GroupRows, from: number, to: number): void {
    if (this.fromMs < rows.groupedAfterMs || to <= from) {
      super.readSlots(rows, from, to);
      return;
    }
    if ((this.newest().drops[rows.index] ?? 0) <= from && this.isDense(rows, from, to)) {
      this.#readSteady(rows);
    } else {
      this.#readEach(rows, from, to);
    }
  }

  #readSteady({ begin, end }: GroupRows): void {
    const { placedRows } = this.watched;
    for (let i = begin; i < end; i += 1) {
      this.values[placedRows[i] ?? 0] = 0;
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
