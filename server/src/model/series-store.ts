import type { Labels } from './labels.ts';
import type { Matcher } from './matcher.ts';
import type { ValuesView } from './values-view.ts';

/** Which series, over which time. Both ends are inclusive, epoch milliseconds. */
export interface Selection {
  readonly matchers: readonly Matcher[];
  readonly fromMs: number;
  readonly toMs: number;
  /**
   * What the samples are for, so that a store that keeps only summaries of old samples can choose the fitting one.
   * Absent for an instant selector; `function` is the range function's name, empty for a bare range selector.
   */
  readonly hint?: SelectionHint;
}

export interface SelectionHint {
  readonly function: string;
}

/**
 * One series' samples inside a selection, oldest first, timestamps strictly rising, staleness markers (`STALE`) included.
 * The arrays may be views of live storage: read them before the next await, never write to them.
 */
export interface SeriesSamples {
  readonly labels: Labels;
  readonly timestamps: Float64Array;
  readonly values: Float64Array;
  /** How many samples each row stands for, where rows are averages of samples no longer kept; absent: one each. */
  readonly weights?: Float64Array;
  /**
   * Where the store has the values in another form, `values` makes an array of them each time. This one points `view` at them
   * instead: `timestamps.length` values, good until the same view is pointed elsewhere.
   */
  readonly locate?: (view: ValuesView) => void;
}

/** Metric metadata as exporters state it. */
export interface MetricMetadata {
  readonly type: 'counter' | 'gauge' | 'histogram' | 'summary' | 'info' | 'stateset' | 'unknown';
  readonly help: string;
  readonly unit: string;
}

/** What the evaluator and every reader needs of a store. Implemented by storage/tsdb and storage/remote. */
export interface SeriesReader {
  /** The series that match, each with its samples in the window; series without a sample there are left out. Order is not defined. */
  select(selection: Selection, signal?: AbortSignal): Promise<readonly SeriesSamples[]>;
  /** Label sets that match and have a sample in the window. */
  series(selection: Selection): Promise<readonly Labels[]>;
  /** The sources that wrote the series that match now; what a rule must wait for. Series written by rules name no source. */
  sources(matchers: readonly Matcher[]): Promise<ReadonlySet<string>>;
  labelNames(selection: Selection): Promise<readonly string[]>;
  labelValues(name: string, selection: Selection): Promise<readonly string[]>;
  metadata(): Promise<ReadonlyMap<string, MetricMetadata>>;
}

/** Rows to append: row i is one sample of `labels[i]`. Equal label sets may repeat. */
export interface SampleRows {
  readonly labels: readonly Labels[];
  readonly timestamps: ArrayLike<number>;
  readonly values: ArrayLike<number>;
}

export interface AppendRequest {
  /** The source that wrote the rows, or `null` for series made by Tila's own rules. */
  readonly source: string | null;
  readonly rows: SampleRows;
  readonly metadata?: ReadonlyMap<string, MetricMetadata>;
  /** "All I will ever say about t ≤ watermarkMs is in." Stored in the same commit as the rows. */
  readonly watermarkMs?: number;
}

/** What became of the rows. `accepted` counts everything that is now stored, including repeats of what was stored already. */
export interface AppendResult {
  readonly accepted: number;
  /** Same timestamp, different value: the first value stays (Prometheus: "duplicate sample for timestamp"). */
  readonly duplicate: number;
  /** Older than the newest sample of its series by more than the out-of-order window. */
  readonly tooOld: number;
}

export interface SeriesWriter {
  /**
   * Resolves when the rows are durable: a process killed after that loses none of them. Rejects with nothing stored, or, of a large
   * request, with the first of its rows stored and its watermark not: giving it again is harmless.
   */
  append(request: AppendRequest): Promise<AppendResult>;
  /** The newest watermark committed for a source, or `null` when it never wrote one. */
  watermark(source: string): Promise<number | null>;
}
