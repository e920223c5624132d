import { Labels } from '../../model/labels.ts';
import { ABSENT } from '../../model/sample.ts';
import type { ColdSamples } from './cold-samples.ts';
import type { SlotsAt } from './group-table.ts';
import type { NewestValues } from './newest-values.ts';
import { type Tick, VectorNode } from './plan-node.ts';
import type { OpenSelection } from './selector-source.ts';
import type { GroupRows, WatchedRows } from './watched-rows.ts';

/** One row's samples, oldest first, staleness markers included. */
export interface RowSamples {
  readonly timestamps: Float64Array;
  readonly values: Float64Array;
}

/** What a selector looks at: `(t - offset - length, t - offset]`. */
export interface WindowShape {
  readonly lengthMs: number;
  readonly offsetMs: number;
}

/** A leaf: reads the samples of a window from the store's memory, at each tick anew, so that late and filled-in ones count. */
export abstract class SelectorNode extends VectorNode {
  readonly selection: OpenSelection;
  readonly watched: WatchedRows;
  readonly window: WindowShape;
  /** Samples from before the store's memory begins. */
  readonly cold: ColdSamples;
  /** The window is `(fromMs, toMs]`. */
  protected fromMs = 0;
  protected toMs = 0;
  protected timeMs = 0;
  #newest: NewestValues | undefined;
  #pass = -1;

  constructor(selection: OpenSelection, window: WindowShape) {
    super();
    this.selection = selection;
    this.watched = selection.watched;
    this.cold = selection.cold;
    this.window = window;
  }

  override labelsAt(row: number): Labels {
    return this.watched.labels[row] ?? Labels.EMPTY;
  }

  override dropsName(_row: number): boolean {
    return false;
  }

  /** Reads what the window at a time needs from outside memory; `null` when it needs nothing. */
  prepare(timeMs: number, signal?: AbortSignal): Promise<void> | null {
    const toMs = timeMs - this.window.offsetMs;
    this.watched.expect(toMs - this.window.lengthMs, timeMs);
    this.watched.refresh();
    return this.cold.cover({ fromMs: toMs - this.window.lengthMs + 1, toMs }, signal);
  }

  protected override compute({ timeMs, pass }: Tick): void {
    const { watched } = this;
    watched.refresh();
    this.epoch = watched.epoch;
    this.resize(watched.series.length);
    this.values.fill(ABSENT, 0, this.rows);
    this.timeMs = timeMs;
    this.#pass = pass;
    this.#newest = undefined;
    this.toMs = timeMs - this.window.offsetMs;
    this.fromMs = this.toMs - this.window.lengthMs;
    if (this.fromMs + 1 < watched.allHotFromMs) {
      this.#readSlowly();
    } else {
      this.readGroups(watched.slotsAt(this.fromMs, pass), watched.slotsAt(this.toMs, pass));
      for (const row of watched.loners) {
        this.readRow(row);
      }
    }
  }

  /** The value of a window that has to be put together; ABSENT for none. */
  protected abstract valueOfWindow(samples: RowSamples): number;

  /** Writes the values of rows whose windows lie in one time column, slots `from` to before `to`. */
  protected abstract readGroup(rows: GroupRows, from: number, to: number): void;

  /** The newest values of all rows in the window that is being read. */
  protected newest(): NewestValues {
    this.#newest ??= this.watched.newestAt(this.toMs, this.#pass);
    return this.#newest;
  }

  /** Whether every row of a group has a value in each slot from the given one until its newest, and nowhere else in the window. */
  protected isSteady(index: number, from: number): boolean {
    const { alive, gaps } = this.newest();
    return alive[index] === 1 && (gaps[index] ?? 0) < from && this.fromMs >= (this.watched.groupedAfter[index] ?? 0);
  }

  /** Reads rows one by one, those of a group that has nothing in the window but whose rows may. */
  protected readOwn({ begin, end }: GroupRows): void {
    for (let i = begin; i < end; i += 1) {
      this.readRow(this.watched.placedRows[i] ?? 0);
    }
  }

  protected readRow(row: number): void {
    const series = this.watched.series[row];
    // A series that has ended is passed by without asking for its samples.
    if (series !== null && series !== undefined && series.newestMs > this.fromMs) {
      const samples = series.window(this.fromMs + 1, this.toMs);
      this.values[row] = samples.values.length === 0 ? ABSENT : this.valueOfWindow(samples);
    }
  }

  /** Writes the values of all rows that lie in groups. */
  protected readGroups(from: SlotsAt, to: SlotsAt): void {
    const { groups } = this.watched;
    for (let index = 0; index < groups.length; index += 1) {
      this.readGroupAt(index, from, to);
    }
  }

  /** Writes the values of one group's rows. */
  protected readGroupAt(index: number, from: SlotsAt, to: SlotsAt): void {
    const rows = this.watched.groups[index];
    if (rows === undefined) {
      return;
    }
    const number = this.watched.groupNumbers[index] ?? 0;
    const first = from.slots[number] ?? 0;
    const end = to.slots[number] ?? 0;
    if (first < end) {
      this.readGroup(rows, first, end);
    } else if (this.fromMs < rows.groupedAfterMs) {
      this.readOwn(rows);
    }
  }

  #readSlowly(): void {
    for (const [row, series] of this.watched.series.entries()) {
      if (series !== null && series.newestMs > this.fromMs) {
        const { hotFromMs } = series;
        const hot = series.window(Math.max(this.fromMs + 1, hotFromMs), this.toMs);
        const samples = this.cold.before(row, hot, { fromMs: this.fromMs, toMs: Math.min(hotFromMs - 1, this.toMs) });
        this.values[row] = samples.values.length === 0 ? ABSENT : this.valueOfWindow(samples);
      }
    }
  }
}
