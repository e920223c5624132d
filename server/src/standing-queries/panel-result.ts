import { Labels } from '../model/labels.ts';
import type { EvaluationRange, QueryResult } from '../promql/engine.ts';

/** Epoch milliseconds and value; `null` where there is none or it is no finite number. */
export type PanelPoint = readonly [number, number | null];

export interface PanelSeries {
  readonly labels: Readonly<Record<string, string>>;
  /** Oldest first: one point a step, or the points chosen of each pixel column. */
  readonly points: readonly PanelPoint[];
}

/** A change of a panel's result. Keys are the canonical texts of the series' labels. */
export interface PanelUpdate {
  /** Series that are new, whole. */
  readonly set?: Readonly<Record<string, PanelSeries>>;
  /** Series without any point left in the range. */
  readonly remove?: readonly string[];
  /** Points to add to known series; one at a known time replaces it. Points older than the range fall off. */
  readonly append?: Readonly<Record<string, readonly PanelPoint[]>>;
  /** Of panels with a width: all points of known series from a time on. */
  readonly splice?: Readonly<Record<string, PanelSplice>>;
  /** Of panels with a width: points before this time fall off, and a gap that then comes first too. */
  readonly dropBefore?: number;
}

export interface PanelSplice {
  readonly from: number;
  readonly points: readonly PanelPoint[];
}

/** What a panel shows: takes evaluations of parts of the range in, and tells what they changed. */
export interface PanelResult {
  /** Where the range that ends at a time begins. */
  windowStart(endMs: number): number;
  snapshot(): Record<string, PanelSeries>;
  /** Takes in an evaluation over `part` and forgets what is before `windowStartMs`. `null` when nothing changed beside time passing. */
  merge(result: QueryResult, part: EvaluationRange, windowStartMs: number): PanelUpdate | null;
}

export interface ResultColumn {
  readonly labels: Labels;
  readonly values: Float64Array;
}

/** A result's series by the canonical text of their labels; a scalar is one without labels. */
export function columnsOf(result: QueryResult): Map<string, ResultColumn> {
  switch (result.kind) {
    case 'vector':
      return new Map(result.series.map((series) => [series.labels.toString(), series]));
    case 'scalar':
      return new Map([[Labels.EMPTY.toString(), { labels: Labels.EMPTY, values: result.values }]]);
    default:
      return new Map();
  }
}
