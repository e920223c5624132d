import {
  DEFAULT_QUERY_LIMITS,
  type EvaluationOptions,
  type EvaluationRange,
  type PromqlEngine,
  type QueryLimits,
  type QueryResult,
} from '../promql/engine.ts';
import { withinBytes } from './answer-bytes.ts';
import { instantAnswer, rangeAnswer, shapeOf } from './answer-json.ts';
import type { AnswerOptions, QueryRunner } from './query-runner.ts';

/** Runs queries where it is called: for stores that evaluate elsewhere, and for tests. */
export class InThreadQueries implements QueryRunner {
  readonly #engine: Pick<PromqlEngine, 'instant' | 'evaluate'>;
  readonly #limits: Partial<QueryLimits>;

  /** Limits that a query's own options say win. */
  constructor(engine: Pick<PromqlEngine, 'instant' | 'evaluate'>, limits: Partial<QueryLimits> = {}) {
    this.#engine = engine;
    this.#limits = limits;
  }

  async instant(expr: string, atMs: number, options?: EvaluationOptions): Promise<QueryResult> {
    const bounded = this.#bounded(options);
    return withinBytes(await this.#engine.instant(expr, atMs, bounded), maxBytesOf(bounded));
  }

  async range(expr: string, range: EvaluationRange, options?: EvaluationOptions): Promise<QueryResult> {
    const bounded = this.#bounded(options);
    return withinBytes(await this.#engine.evaluate(expr, range, bounded), maxBytesOf(bounded));
  }

  async instantJson(expr: string, atMs: number, options?: AnswerOptions): Promise<Uint8Array> {
    const startedAt = performance.now();
    const bounded = this.#bounded(options);
    const result = await this.#engine.instant(expr, atMs, bounded);
    return instantAnswer(result, atMs, shapeOf(bounded, startedAt, { maxBytes: maxBytesOf(bounded) }));
  }

  async rangeJson(expr: string, range: EvaluationRange, options?: AnswerOptions): Promise<Uint8Array> {
    const startedAt = performance.now();
    const bounded = this.#bounded(options);
    const result = await this.#engine.evaluate(expr, range, bounded);
    return rangeAnswer(result, range, shapeOf(bounded, startedAt, { maxBytes: maxBytesOf(bounded) }));
  }

  #bounded(options: AnswerOptions = {}): AnswerOptions {
    return { ...options, limits: { ...this.#limits, ...options.limits } };
  }
}

function maxBytesOf({ limits }: EvaluationOptions): number {
  return limits?.maxAnswerBytes ?? DEFAULT_QUERY_LIMITS.maxAnswerBytes;
}
