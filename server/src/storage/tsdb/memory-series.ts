import type { HotSeries } from '../../model/hot-series.ts';
import type { Labels } from '../../model/labels.ts';
import { HOLE } from '../../model/sample.ts';
import { type Column, EMPTY_COLUMN, mergeColumns, partsOf, withoutRange } from './column.ts';
import { OwnRows } from './own-rows.ts';
import type { SeriesGroup } from './series-group.ts';

export { type Column, EMPTY_COLUMN, mergeColumns } from './column.ts';

/** How far a series has been moved to blocks. */
export interface CutPosition {
  /** Rows older than this that came with WAL row `walId` or before are in blocks. */
  readonly beforeMs: number;
  readonly walId: number;
  /** The newest row in any block. */
  readonly newestMs: number;
}

export const NEVER_CUT: CutPosition = { beforeMs: -Infinity, walId: 0, newestMs: -Infinity };

const NO_SOURCES: ReadonlySet<string> = new Set();

/**
 * One series: its identity and its hot rows. Rows that were written together with those of other series are a column of their
 * group; whatever came alone, late or with times of its own is in `own`. No time is in both. Rows of the group
 * that have been cut no longer count, though they may lie there until the whole group drops them.
 */
export class MemorySeries implements HotSeries {
  readonly ref: number;
  readonly labels: Labels;
  /** The source that wrote it first, `null` for Tila's own rules. */
  readonly source: string | null;
  cut: CutPosition;
  /**
   * The newest row, in head or blocks. While a commit is being made, the newest row accepted. A double from the start: V8 then writes
   * the next one in its place, and else makes a new object for each row.
   */
  newestMs = Number.NEGATIVE_INFINITY;
  /** False once retention has removed it: whoever still holds it must look its labels up again. */
  isAlive = true;
  group: SeriesGroup | null = null;
  column = 0;
  own: OwnRows | null = null;
  #otherSources: Set<string> | undefined;

  constructor(
    identity: { readonly ref: number; readonly labels: Labels; readonly source: string | null },
    cut: CutPosition = NEVER_CUT,
  ) {
    this.ref = identity.ref;
    this.labels = identity.labels;
    this.source = identity.source;
    this.cut = cut;
    this.newestMs = cut.newestMs;
  }

  /** Further sources that have written it. */
  get otherSources(): ReadonlySet<string> {
    return this.#otherSources ?? NO_SOURCES;
  }

  get sources(): Iterable<string> {
    return this.source === null ? this.otherSources : [this.source, ...this.otherSources];
  }

  get groupedAfterMs(): number {
    return this.group === null ? Infinity : (this.own?.newestMs ?? -Infinity);
  }

  /** Rows of the group's column before this no longer count: they are in blocks. */
  get groupedFromMs(): number {
    return this.group?.hiddenBefore(this.column) ?? -Infinity;
  }

  get hotFromMs(): number {
    return this.cut.beforeMs;
  }

  /** Rows in the head. */
  get length(): number {
    return (this.own?.length ?? 0) + (this.group?.count(this.column) ?? 0);
  }

  /** The oldest head row, or Infinity when there is none. */
  get oldestHeadMs(): number {
    return Math.min(this.own?.oldestMs ?? Infinity, this.group?.oldestIn(this.column, -Infinity) ?? Infinity);
  }

  /** Takes its newest time from its rows, after they were put in place without saying. */
  findNewest(): void {
    const grouped = this.group?.newestIn(this.column) ?? -Infinity;
    this.newestMs = Math.max(this.newestMs, this.own?.newestMs ?? -Infinity, grouped);
  }

  addSource(source: string): void {
    this.#otherSources ??= new Set();
    this.#otherSources.add(source);
  }

  removeSource(source: string): void {
    this.#otherSources?.delete(source);
  }

  /** Adds a row newer than every own row. */
  push(timestampMs: number, value: number): void {
    this.own ??= new OwnRows();
    this.own.push(timestampMs, value);
    this.newestMs = Math.max(this.newestMs, timestampMs);
  }

  /** Merges rows of any age into the own ones. None may be in the group. Where a time is there already, its row stays. */
  merge(rows: Column): void {
    if (rows.timestamps.length > 0) {
      this.own ??= new OwnRows();
      this.own.merge(rows);
      this.newestMs = Math.max(this.newestMs, this.own.newestMs);
    }
  }

  /** The head rows with `fromMs <= t <= toMs`, as views where they lie in one place. */
  window(fromMs: number, toMs: number): Column {
    const own = this.own?.window(fromMs, toMs) ?? EMPTY_COLUMN;
    if (this.group === null) {
      return own;
    }
    const grouped = this.group.window(this.column, fromMs, toMs);
    return own.timestamps.length === 0 ? grouped : mergeColumns([own, grouped]);
  }

  /** The same without joining: what is there of its own rows and of those in the group, as views, the column that begins first first. */
  parts(fromMs: number, toMs: number): readonly Column[] {
    const own = this.own?.window(fromMs, toMs) ?? EMPTY_COLUMN;
    const grouped = this.group?.window(this.column, fromMs, toMs) ?? EMPTY_COLUMN;
    return partsOf(own, grouped);
  }

  hasRowIn(fromMs: number, toMs: number): boolean {
    return this.own?.hasRowIn(fromMs, toMs) === true || (this.group?.oldestIn(this.column, fromMs) ?? Infinity) <= toMs;
  }

  /** The head row at exactly this time. */
  valueAt(timestampMs: number): number | undefined {
    const value = this.group?.valueOf(this.column, timestampMs) ?? HOLE;
    if (value !== HOLE) {
      return value;
    }
    return this.own?.valueAt(timestampMs);
  }

  /** Forgets own rows in a time range whose ends are inclusive. A series must leave its group before. */
  dropRange(fromMs: number, toMs: number): void {
    const rows = this.own?.window(-Infinity, Infinity) ?? EMPTY_COLUMN;
    const left = withoutRange(rows, { fromMs, toMs });
    if (left !== rows) {
      this.own = null;
      this.merge(left);
    }
  }

  /** Forgets head rows older than the given time, which must be `cut.beforeMs`; the group's are dropped by the group. */
  dropBefore(timestampMs: number): void {
    this.group?.hide(this.column, timestampMs);
    this.own?.dropBefore(timestampMs);
    if (this.own?.length === 0) {
      this.own = null;
    }
  }
}
