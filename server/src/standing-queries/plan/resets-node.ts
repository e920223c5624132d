import { RangeNode } from './range-node.ts';
import type { GroupRows } from './watched-rows.ts';

/** `resets`: the store notes where a series last went down, so that a window without a reset needs no look at its values. */
export class ResetsNode extends RangeNode {
  protected override readDense(rows: GroupRows, column: number, slots: { from: number; to: number }): number {
    return (rows.group.lastDrop[column] ?? 0) <= slots.from ? 0 : super.readDense(rows, column, slots);
  }
}
