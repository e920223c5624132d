import { ABSENT, HOLE, STALE } from '../../model/sample.ts';
import type { SlotsAt } from './group-table.ts';
import { RangeNode, type RangeNodeOptions } from './range-node.ts';
import type { OpenSelection } from './selector-source.ts';
import type { GroupRows } from './watched-rows.ts';

export interface ChangeKind {
  readonly counter: boolean;
  readonly perSecond: boolean;
}

/** A little more than 1: what is rounded differently is looked at exactly. */
const NEARLY = 1 + 1e-9;

/**
 * `rate`, `increase` and `delta`. Where a window is dense and free of resets, it is two loads: everything that depends on times
 * only is worked out once for all series that share them. The arithmetic and its order are those of promql/functions/rate.ts.
 */
export class ChangeNode extends RangeNode {
  readonly #kind: ChangeKind;
  /** Seconds between the first and the last sample. */
  #sampled = 0;
  /** Seconds beyond them that the change is taken to have gone on. */
  #toStart = 0;
  #toEnd = 0;
  #divisor = 1;
  /** What a change is multiplied by where the beginning is not cut short. */
  #usual = 1;

  constructor(selection: OpenSelection, options: RangeNodeOptions & { readonly kind: ChangeKind }) {
    super(selection, options);
    this.#kind = options.kind;
  }

  /** Where no row has a gap in the window, what stands at its ends is at hand. */
  protected override readGroups(from: SlotsAt, to: SlotsAt): void {
    const { groups, groupNumbers, groupBegins, placedRows, placedColumns } = this.watched;
    const leading = this.watched.leadingOf(this.window.lengthMs);
    const { values: lasts, drops, ends, lastMs } = this.newest();
    const { counter } = this.#kind;
    const out = this.values;
    for (let index = 0; index < groups.length; index += 1) {
      const number = groupNumbers[index] ?? 0;
      const first = from.slots[number] ?? 0;
      const last = (ends[index] ?? 0) - 1;
      if (last <= first || !this.isSteady(index, first)) {
        this.readGroupAt(index, from, to);
        continue;
      }
      const firstMs = from.nextMs[number] ?? 0;
      this.#span(firstMs, lastMs[index] ?? 0, last - first);
      const nearZero = (this.#toStart / this.#sampled) * NEARLY;
      const usual = this.#usual;
      const offset = leading.offsetOf(this.watched, index, { slot: first, timeMs: firstMs });
      const firsts = leading.values;
      const end = groupBegins[index + 1] ?? 0;
      for (let i = groupBegins[index] ?? 0; i < end; i += 1) {
        const firstValue = firsts[offset + i] ?? 0;
        const change = (lasts[i] ?? 0) - firstValue;
        // `sampled * (firstValue / change) < toStart` up to its rounding, without a division, which few rows need.
        const isNearZero = counter && firstValue >= 0 && firstValue < change * nearZero;
        out[placedRows[i] ?? 0] = change * (isNearZero ? this.#factor(firstValue, change) : usual);
      }
      if (counter && (drops[index] ?? 0) > first) {
        this.#addResets(groups[index], { first, last, placedColumns });
      }
    }
  }

  protected override readSlots(rows: GroupRows, from: number, to: number): void {
    if (this.fromMs < rows.groupedAfterMs || to - from < 2) {
      super.readSlots(rows, from, to);
      return;
    }
    const { timestamps } = rows.group;
    this.#span(timestamps[from] ?? 0, timestamps[to - 1] ?? 0, to - 1 - from);
    this.#readEach(rows, from, to);
  }

  /** What depends on times only, for a window with samples at these ends and so many steps between. */
  #span(firstMs: number, lastMs: number, steps: number): void {
    const sampled = (lastMs - firstMs) / 1000;
    const spacing = sampled / steps;
    const threshold = spacing * 1.1;
    const startGap = (firstMs - this.fromMs) / 1000;
    const endGap = (this.toMs - lastMs) / 1000;
    this.#sampled = sampled;
    this.#toStart = startGap >= threshold ? spacing / 2 : startGap;
    this.#toEnd = endGap >= threshold ? spacing / 2 : endGap;
    this.#divisor = this.#kind.perSecond ? this.window.lengthMs / 1000 : 1;
    this.#usual = (sampled + this.#toStart + this.#toEnd) / sampled / this.#divisor;
  }

  /** What a change is multiplied by: a counter is taken no further down than zero. */
  #factor(firstValue: number, change: number): number {
    const sampled = this.#sampled;
    if (this.#kind.counter && change > 0 && firstValue >= 0) {
      const reach = sampled * (firstValue / change);
      return reach < this.#toStart ? (sampled + reach + this.#toEnd) / sampled / this.#divisor : this.#usual;
    }
    return this.#usual;
  }

  /** Reads rows with a reset in the window again. */
  #addResets(
    rows: GroupRows | undefined,
    { first, last, placedColumns }: { readonly first: number; readonly last: number; readonly placedColumns: Int32Array },
  ): void {
    if (rows === undefined) {
      return;
    }
    const { values, stride, lastDrop } = rows.group;
    for (let i = rows.begin; i < rows.end; i += 1) {
      const column = placedColumns[i] ?? 0;
      if ((lastDrop[column] ?? 0) > first) {
        const base = column * stride;
        const firstValue = values[base + first] ?? 0;
        const change = (values[base + last] ?? 0) - firstValue;
        const whole = withResets(change, values, { from: base + first, to: base + last + 1 });
        this.values[this.watched.placedRows[i] ?? 0] = whole * this.#factor(firstValue, whole);
      }
    }
  }

  #readEach(rows: GroupRows, from: number, to: number): void {
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
      out[row] = change * this.#factor(firstValue, change);
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
