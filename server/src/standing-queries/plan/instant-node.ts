import { ABSENT, HOLE, STALE } from '../../model/sample.ts';
import type { SlotsAt } from './group-table.ts';
import { type RowSamples, SelectorNode, type WindowShape } from './selector-node.ts';
import type { OpenSelection } from './selector-source.ts';
import type { GroupRows } from './watched-rows.ts';

/** An instant selector: the newest sample within the lookback, or with `take` its time in seconds. */
export class InstantNode extends SelectorNode {
  readonly #takesTime: boolean;

  constructor(selection: OpenSelection, options: { readonly window: WindowShape; readonly take: 'value' | 'time' }) {
    super(selection, options.window);
    this.#takesTime = options.take === 'time';
  }

  override dropsName(_row: number): boolean {
    return this.#takesTime;
  }

  protected valueOfWindow({ timestamps, values }: RowSamples): number {
    return this.#taken(timestamps[timestamps.length - 1] ?? 0, values[values.length - 1] ?? ABSENT);
  }

  protected override readGroups(from: SlotsAt, to: SlotsAt): void {
    const { groups, groupNumbers, groupBegins, groupedAfter, placedRows } = this.watched;
    const { values } = this;
    const { values: lasts, alive, ended } = this.newest();
    for (let index = 0; index < groups.length; index += 1) {
      const isGrouped = this.fromMs >= (groupedAfter[index] ?? 0);
      const number = groupNumbers[index] ?? 0;
      const isFilled = !this.#takesTime && (from.slots[number] ?? 0) < (to.slots[number] ?? 0);
      if (!isFilled || !isGrouped || alive[index] !== 1 || ended[index] === 1) {
        this.readGroupAt(index, from, to);
        continue;
      }
      const end = groupBegins[index + 1] ?? 0;
      for (let i = groupBegins[index] ?? 0; i < end; i += 1) {
        values[placedRows[i] ?? 0] = lasts[i] ?? ABSENT;
      }
    }
  }

  protected readGroup(rows: GroupRows, from: number, to: number): void {
    if (this.fromMs < rows.groupedAfterMs || this.newest().ended[rows.index] !== 1) {
      this.#readEach(rows, from, to);
    }
  }

  #readEach({ group, begin, end, groupedAfterMs }: GroupRows, from: number, to: number): void {
    const { timestamps, stride } = group;
    const { placedRows, placedColumns } = this.watched;
    const { values } = this;
    const source = group.values;
    const isWhole = this.fromMs >= groupedAfterMs;
    const takesTime = this.#takesTime;
    for (let i = begin; i < end; i += 1) {
      const row = placedRows[i] ?? 0;
      const base = (placedColumns[i] ?? 0) * stride;
      let slot = to - 1;
      while (slot >= from && source[base + slot] === HOLE) {
        slot -= 1;
      }
      if (slot >= from && (isWhole || (timestamps[slot] ?? 0) > (this.watched.groupedAfterMs[row] ?? 0))) {
        const value = source[base + slot] ?? ABSENT;
        values[row] = takesTime ? this.#taken(timestamps[slot] ?? 0, value) : value;
      } else if (!isWhole) {
        this.readRow(row);
      }
    }
  }

  #taken(timestampMs: number, value: number): number {
    if (value === STALE) {
      return ABSENT;
    }
    return this.#takesTime ? timestampMs / 1000 : value;
  }
}
