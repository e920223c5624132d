import type { EvaluationOptions, EvaluationRange, QueryResult } from '../promql/engine.ts';

export interface AnswerOptions extends EvaluationOptions {
  /** Series given at most; 0 or absent gives all. */
  readonly limit?: number;
  /** The width a range is drawn in: see `downsample`. Absent gives every point. */
  readonly pixels?: number;
  /** Adds how long the evaluation took, as Prometheus does for `stats=all`. */
  readonly stats?: boolean;
}

/**
 * Ad-hoc queries. The answers of `…Json` are whole bodies of Prometheus' HTTP API, `{"status":"success","data":…}` in UTF-8.
 * All reject with promql's errors, QueryCanceledError when the signal aborts, QueryQueueFullError when too many wait, and
 * QueryWorkerError when the thread that ran it ended.
 */
export interface QueryRunner {
  instant(expr: string, atMs: number, options?: EvaluationOptions): Promise<QueryResult>;
  range(expr: string, range: EvaluationRange, options?: EvaluationOptions): Promise<QueryResult>;
  instantJson(expr: string, atMs: number, options?: AnswerOptions): Promise<Uint8Array>;
  rangeJson(expr: string, range: EvaluationRange, options?: AnswerOptions): Promise<Uint8Array>;
}

/** Too many queries wait already. */
export class QueryQueueFullError extends Error {
  override readonly name = 'QueryQueueFullError';

  constructor(waiting: number) {
    super(`${waiting} queries are waiting already: ask again later, or raise queries.queue`);
  }
}

/** The thread that ran the query has ended; the query may be what ended it. */
export class QueryWorkerError extends Error {
  override readonly name = 'QueryWorkerError';
}
