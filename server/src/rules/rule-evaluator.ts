import type { Labels } from '../model/labels.ts';

export interface InstantSample {
  readonly labels: Labels;
  readonly value: number;
}

/** What an expression gives at one time. Range vectors and strings are no rule results: the evaluator rejects with their message. */
export type InstantResult =
  | { readonly kind: 'vector'; readonly samples: readonly InstantSample[] }
  | { readonly kind: 'scalar'; readonly value: number };

/** What rules need of the query engine. Expressions are PromQL text; the implementation may keep them prepared. */
export interface RuleEvaluator {
  /** Null when the expression is valid; otherwise the parser's message with its position. */
  check(expr: string): { readonly message: string } | null;
  /** Instant evaluation at a time in epoch milliseconds, at once where nothing has to be waited for. Throws or rejects with the engine's message. */
  evaluate(expr: string, atMs: number): InstantResult | Promise<InstantResult>;
  /** The sources that wrote the series which the expression's selectors match now. */
  sourcesOf(expr: string): ReadonlySet<string> | Promise<ReadonlySet<string>>;
  /** Does any selector match any series that has samples shortly before that time? */
  matchesSeries(expr: string, atMs: number): boolean | Promise<boolean>;
  /** The metric names its selectors ask for, or null when a selector has no fixed name. */
  metricNamesOf(expr: string): ReadonlySet<string> | null;
}
