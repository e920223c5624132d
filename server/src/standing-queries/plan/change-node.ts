import { ABSENT, HOLE, STALE } from '../../model/sample.ts';
import { RangeNode, type RangeNodeOptions } from './range-node.ts';
import type { OpenSelection } from './selector-source.ts';
import type { GroupRows } from './watched-rows.ts';

export interface ChangeKind {
  readonly counter: boolean;
  readonly perSecond: boolean;
}

/** What depends on times only. */
interface Extent {
  readonly from: number;
  readonly to: number;
  /** Seconds between the first and the last sample. */
  readonly sampled: number;
  readonly toStart: number;
  readonly toEnd: number;
  readonly divisor: number;
  /** What a change is multiplied by where the beginning is not cut short. */
  readonly usual: number;
}

/**
 * `rate`, `increase` and `delta`. Where a window is dense and free of resets, it is two loads: everything that depends on times
 * only is worked out once for all series that share them. The arithmetic and its order are those of promql/functions/rate.ts.
 */
export class ChangeNode extends RangeNode {
  readonly #kind: ChangeKind;

  constructor(selection: OpenSelection, options: RangeNodeOptions & { readonly kind: ChangeKind }) {
    super(selection, options);
    this.#kind = options.kind;
  }

  protected override readSlots(rows: GroupRows, from: number, to: number): void {
    if (this.fromMs < rows.groupedAfterMs || to - from < 2) {
      super.readSlots(rows, from, to);
      return;
    }
    const { timestamps } = rows.group;
    const { counter, perSecond } = this.#kind;
    const last = to - 1;
    const firstMs = timestamps[from] ?? 0;
    const lastMs = timestamps[last] ?? 0;
    const sampled = (lastMs - firstMs) / 1000;
    const spacing = sampled / (last - from);
    const threshold = spacing * 1.1;
    const startGap = (firstMs - this.fromMs) / 1000;
    const endGap = (this.toMs - lastMs) / 1000;
    const toStart = startGap >= threshold ? spacing / 2 : startGap;
    const toEnd = endGap >= threshold ? spacing / 2 : endGap;
    const divisor = perSecond ? this.window.lengthMs / 1000 : 1;
    const usual = (sampled + toStart + toEnd) / sampled / divisor;
    const extent = { from, to, sampled, toStart, toEnd, divisor, usual };
    const hasDrops = counter && (this.newest().drops[rows.index] ?? 0) > from;
    if (!hasDrops && this.isDense(rows, from, to)) {
      this.#readSteady(rows, extent);
    } else {
      this.#readEach(rows, extent);
    }
  }

  /** No row has a gap or a reset in the window. */
  #readSteady(rows: GroupRows, { from, sampled, toStart, toEnd, divisor, usual }: Extent): void {
    const { placedRows, placedColumns } = this.watched;
    const leading = this.watched.leadingOf(this.window.lengthMs);
    const offset = leading.offsetOf(rows, placedColumns, from);
    const firsts = leading.values;
    const lasts = this.newest().values;
    const { counter } = this.#kind;
    const out = this.values;
    const { end } = rows;
    for (let i = rows.begin; i < end; i += 1) {
      const firstValue = firsts[offset + i] ?? 0;
      const change = (lasts[i] ?? 0) - firstValue;
      let factor = usual;
      if (counter && change > 0 && firstValue >= 0) {
        const reach = sampled * (firstValue / change);
        factor = reach < toStart ? (sampled + reach + toEnd) / sampled / divisor : usual;
      }
      out[placedRows[i] ?? 0] = change * factor;
    }
  }

  #readEach(rows: GroupRows, { from, to, sampled, toStart, toEnd, divisor, usual }: Extent): void {
    const { values, stride, lastGap, lastDrop } = rows.group;
    const last = to - 1;
    const { counter } = this.#kind;
    const out = this.values;
    const { placedRows, placedColumns } = this.watched;
    const { end } = rows;
    for (let i = rows.begin; i < end; i += 1) {
      const row = placedRows[i] ?? 0;
      const column = placedColumns[i] ?? 0;
      const base = column * stride;
      const lastValue = values[base + last] ?? HOLE;
      if (lastValue === HOLE || lastValue === STALE || (lastGap[column] ?? 0) >= from) {
        out[row] = this.readGappy(rows, column, { from, to });
        continue;
      }
      const firstValue = values[base + from] ?? ABSENT;
      let change = lastValue - firstValue;
      if (counter && (lastDrop[column] ?? 0) > from) {
        change = withResets(change, values, { from: base + from, to: base + to });
      }
      let factor = usual;
      if (counter && change > 0 && firstValue >= 0) {
        const reach = sampled * (firstValue / change);
        factor = reach < toStart ? (sampled + reach + toEnd) / sampled / divisor : usual;
      }
      out[row] = change * factor;
    }
  }
}

/** Adds what a counter had reached before each reset inside a window. */
function withResets(change: number, values: Float64Array, { from, to }: { from: number; to: number }): number {
  let total = change;
  for (let i = from + 1; i < to; i += 1) {
    const before = values[i - 1] ?? 0;
    if ((values[i] ?? 0) < before) {
      total += before;
    }
  }
  return total;
}
