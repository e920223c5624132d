import { ABSENT, HOLE, STALE } from '../../model/sample.ts';
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

  protected readGroup(rows: GroupRows, from: number, to: number): void {
    const { alive, ended } = this.newest();
    if (this.fromMs >= rows.groupedAfterMs && ended[rows.index] === 1) {
      return;
    }
    if (this.#takesTime || this.fromMs < rows.groupedAfterMs || alive[rows.index] !== 1) {
      this.#readEach(rows, from, to);
      return;
    }
    const { placedRows } = this.watched;
    const { values } = this;
    const newest = this.newest().values;
    const { end } = rows;
    for (let i = rows.begin; i < end; i += 1) {
      values[placedRows[i] ?? 0] = newest[i] ?? ABSENT;
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
