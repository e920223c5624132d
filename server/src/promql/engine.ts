import type { Labels } from '../model/labels.ts';

/** Inclusive range and step, epoch milliseconds. An instant query is a range of one step. */
export interface EvaluationRange {
  readonly startMs: number;
  readonly endMs: number;
  readonly stepMs: number;
}

/** One series of a result: a value per step, `ABSENT` where there is none. */
export interface ResultSeries {
  readonly labels: Labels;
  readonly values: Float64Array;
}

export interface Annotations {
  readonly warnings: readonly string[];
  readonly infos: readonly string[];
}

/** What an expression evaluates to over a range. A range vector (`kind: 'matrix'`) is only possible for an instant query. */
export type QueryResult =
  | { readonly kind: 'scalar'; readonly values: Float64Array; readonly annotations: Annotations }
  | { readonly kind: 'vector'; readonly series: readonly ResultSeries[]; readonly annotations: Annotations }
  | { readonly kind: 'matrix'; readonly series: readonly MatrixSeries[]; readonly annotations: Annotations }
  | { readonly kind: 'string'; readonly value: string; readonly annotations: Annotations };

export interface MatrixSeries {
  readonly labels: Labels;
  readonly timestamps: Float64Array;
  readonly values: Float64Array;
}
