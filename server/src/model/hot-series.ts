import type { Labels } from './labels.ts';
import type { Matcher } from './matcher.ts';

/** How many slots of a group are kept side by side as well. */
export const RECENT_SLOTS = 4;

/**
 * Series that are written together and share their times, as a matrix. The value of a column in a slot is
 * `values[column * stride + slot]`, `HOLE` where the series has no sample. Good until the next await: the arrays themselves
 * never change behind `end`, but the group may move to larger ones.
 */
export interface HotGroup {
  /** Times of the slots, strictly rising over `[start, end)`, epoch milliseconds. */
  readonly timestamps: Float64Array;
  readonly values: Float64Array;
  readonly stride: number;
  readonly start: number;
  readonly end: number;
  readonly columns: number;
  /**
   * The values of the newest `RECENT_SLOTS` slots once more, those of one slot side by side, so that all columns at one time are read
   * in a run: `recent[(slot % RECENT_SLOTS) * columns + column]`.
   */
  readonly recent: Float64Array;
  /**
   * By column, the newest slot before the last one that may hold HOLE or STALE, -1 for none. The last slot has to be looked at:
   * it may be being filled. A window that begins behind this slot is dense.
   */
  readonly lastGap: Int32Array;
  /** At least the newest of `lastGap`: before `start`, no column has a gap. */
  readonly newestGap: number;
  /** By column, the newest slot whose value may be lower than that of the slot before, -1 for none. */
  readonly lastDrop: Int32Array;
}

/** One series as standing queries see it. */
export interface HotSeries {
  readonly labels: Labels;
  /** The sources that have written it; empty for what Tila's own rules made. */
  readonly sources: Iterable<string>;
  /** Where its newest samples are, `null` while it shares its times with no other series. */
  readonly group: HotGroup | null;
  readonly column: number;
  /** Its newest sample, wherever it lies; -Infinity before the first. */
  readonly newestMs: number;
  /** Samples newer than this are in the group's column only. */
  readonly groupedAfterMs: number;
  /** Samples at or after this time are all in memory; older ones may be in blocks. */
  readonly hotFromMs: number;
  /** The samples in memory with `fromMs <= t <= toMs`, wherever they lie, STALE included, HOLE not. Good until the next await. */
  window(fromMs: number, toMs: number): { readonly timestamps: Float64Array; readonly values: Float64Array };
}

/** The series that match, kept current. Dispose of it when nobody needs it. */
export interface WatchedSeries extends Disposable {
  /** Rises whenever series come or go; places within groups are read from the series themselves each time. */
  readonly version: number;
  /** In the order they came; a new one goes to the end, so rows before it keep their numbers until one leaves. */
  readonly series: readonly HotSeries[];
  /** Rises only when a series leaves, that is when row numbers change. */
  readonly epoch: number;
}

/** Series that had no sample in memory and got one again, in the order they did. */
export interface WokenSeries {
  /** How many there were so far. */
  readonly count: number;
  /** Those after the first so many, `null` when they are no longer known. */
  since(count: number): readonly HotSeries[] | null;
}

/** What standing queries need of a store beside SeriesReader. */
export interface HotReader {
  /** Starts keeping a selection current. Equal selections share one. */
  watch(matchers: readonly Matcher[]): WatchedSeries;
  /**
   * Rises whenever any series changes its group, column, `groupedAfterMs` or `hotFromMs`, or slots get other numbers: what was looked
   * up before is to be looked up again.
   */
  readonly placement: number;
  /**
   * Rises with those changes that touch series which are in a group: while it stands still, they keep group and column, their
   * `groupedAfterMs` does not rise, the samples there stay but for those before `coldBeforeMs`, and only series without a group get one.
   */
  readonly moves: number;
  readonly woken: WokenSeries;
  /** Samples at or after this time are in memory, of every series. */
  readonly coldBeforeMs: number;
  /** Rises with every write that becomes visible and with every forgetting: while it stands still, every answer stays the same. */
  readonly revision: number;
  /** Rises when a row is written that is older than any series' `hotFromMs`: copies of older rows are to be read again. */
  readonly lateWrites: number;
}
