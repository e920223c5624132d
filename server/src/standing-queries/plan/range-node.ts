import { ABSENT, HOLE, STALE } from '../../model/sample.ts';
import type { RangeFunction, Window } from '../../promql/evaluate/range-function.ts';
import type { DenseKernel } from './dense-kernels.ts';
import type { ScalarNode, Tick } from './plan-node.ts';
import type { RangeInspector } from './range-inspector.ts';
import { type RowSamples, SelectorNode, type WindowShape } from './selector-node.ts';
import type { OpenSelection } from './selector-source.ts';
import type { GroupRows } from './watched-rows.ts';

export interface RangeNodeOptions {
  readonly window: WindowShape;
  readonly implementation: RangeFunction;
  /** Whether the function looks at values only: then it reads the store's matrix in place. */
  readonly isTimeless: boolean;
  /** The function over a window without gaps, where that has a form of its own. */
  readonly dense?: DenseKernel | undefined;
  readonly scalars: readonly ScalarNode[];
}

const EMPTY = new Float64Array(0);

/** A function of a range selector, by the engine's own code for one window. */
export class RangeNode extends SelectorNode {
  /** Says what is odd about a result. */
  inspector: RangeInspector | undefined;
  protected readonly current: Window;
  readonly #options: RangeNodeOptions;
  readonly #evaluate: RangeFunction['evaluate'];
  readonly #dense: DenseKernel | undefined;
  #scratchTimes: Float64Array = new Float64Array(64);
  #scratchValues: Float64Array = new Float64Array(64);

  constructor(selection: OpenSelection, options: RangeNodeOptions) {
    super(selection, options.window);
    this.#options = options;
    this.#evaluate = options.implementation.evaluate;
    this.#dense = options.dense;
    this.current = {
      timestamps: EMPTY,
      values: EMPTY,
      from: 0,
      to: 0,
      rangeStartMs: 0,
      rangeEndMs: 0,
      evaluationMs: 0,
      rangeMs: options.window.lengthMs,
      seriesHasDrops: true,
      scalars: [],
    };
  }

  override dropsName(_row: number): boolean {
    return this.#options.implementation.keepsName !== true;
  }

  protected override compute(tick: Tick): void {
    const { current } = this;
    for (const [index, scalar] of this.#options.scalars.entries()) {
      scalar.advance(tick);
      current.scalars[index] = scalar.value;
    }
    current.rangeEndMs = tick.timeMs - this.window.offsetMs;
    current.rangeStartMs = current.rangeEndMs - this.window.lengthMs;
    current.evaluationMs = tick.timeMs;
    super.compute(tick);
    this.inspector?.inspect(this, tick.timeMs);
  }

  protected valueOfWindow({ timestamps, values }: RowSamples): number {
    this.#reserve(values.length);
    let kept = 0;
    for (let i = 0; i < values.length; i += 1) {
      const value = values[i] ?? STALE;
      if (value !== STALE) {
        this.#scratchTimes[kept] = timestamps[i] ?? 0;
        this.#scratchValues[kept] = value;
        kept += 1;
      }
    }
    return this.#evaluateScratch(kept);
  }

  /** A group that has ended is read as far as it goes. */
  protected readGroup(rows: GroupRows, from: number, to: number): void {
    const { ended, ends } = this.newest();
    if (ended[rows.index] !== 1) {
      this.readSlots(rows, from, to);
    } else if (from < (ends[rows.index] ?? 0)) {
      this.readSlots(rows, from, ends[rows.index] ?? 0);
    } else if (this.fromMs < rows.groupedAfterMs) {
      this.readOwn(rows);
    }
  }

  /** `readGroup`, where there is at least one slot. */
  protected readSlots(rows: GroupRows, from: number, to: number): void {
    const { group, end } = rows;
    const { placedRows, placedColumns } = this.watched;
    const isWhole = this.fromMs >= rows.groupedAfterMs;
    for (let i = rows.begin; i < end; i += 1) {
      const row = placedRows[i] ?? 0;
      const column = placedColumns[i] ?? 0;
      if (!isWhole && this.fromMs < (this.watched.groupedAfterMs[row] ?? 0)) {
        this.readRow(row);
      } else if (to > from) {
        const last = group.values[column * group.stride + to - 1] ?? HOLE;
        const isDense = last !== HOLE && last !== STALE && (group.lastGap[column] ?? 0) < from;
        this.values[row] = isDense ? this.readDense(rows, column, { from, to }) : this.readGappy(rows, column, { from, to });
      }
    }
  }

  /** A window without a gap, read in place. */
  protected readDense({ group }: GroupRows, column: number, { from, to }: { from: number; to: number }): number {
    const { current } = this;
    const base = column * group.stride;
    if (this.#dense !== undefined) {
      const value = this.#dense(group.values, base + from, base + to);
      if (value !== STALE) {
        return value;
      }
    }
    current.seriesHasDrops = (group.lastDrop[column] ?? 0) > from;
    if (this.#options.isTimeless) {
      current.values = group.values;
      current.timestamps = group.timestamps;
      current.from = base + from;
      current.to = base + to;
    } else {
      current.values = group.values.subarray(base + from, base + to);
      current.timestamps = group.timestamps.subarray(from, to);
      current.from = 0;
      current.to = to - from;
    }
    return this.#evaluate(current);
  }

  /** A window with slots that have no sample, copied without them. */
  protected readGappy({ group }: GroupRows, column: number, { from, to }: { from: number; to: number }): number {
    const { values, timestamps, stride } = group;
    this.#reserve(to - from);
    const base = column * stride;
    let kept = 0;
    for (let slot = from; slot < to; slot += 1) {
      const value = values[base + slot] ?? HOLE;
      if (value !== HOLE && value !== STALE) {
        this.#scratchTimes[kept] = timestamps[slot] ?? 0;
        this.#scratchValues[kept] = value;
        kept += 1;
      }
    }
    return this.#evaluateScratch(kept);
  }

  #evaluateScratch(length: number): number {
    if (length === 0) {
      return ABSENT;
    }
    const { current } = this;
    current.timestamps = this.#scratchTimes;
    current.values = this.#scratchValues;
    current.from = 0;
    current.to = length;
    current.seriesHasDrops = true;
    return this.#evaluate(current);
  }

  #reserve(length: number): void {
    if (length > this.#scratchTimes.length) {
      this.#scratchTimes = new Float64Array(length * 2);
      this.#scratchValues = new Float64Array(length * 2);
    }
  }
}
