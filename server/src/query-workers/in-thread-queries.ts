import type { EvaluationOptions, EvaluationRange, PromqlEngine, QueryResult } from '../promql/engine.ts';
import { instantAnswer, rangeAnswer, shapeOf } from './answer-json.ts';
import type { AnswerOptions, QueryRunner } from './query-runner.ts';

/** Runs queries where it is called: for stores that evaluate elsewhere, and for tests. */
export class InThreadQueries implements QueryRunner {
  readonly #engine: Pick<PromqlEngine, 'instant' | 'evaluate'>;

  constructor(engine: Pick<PromqlEngine, 'instant' | 'evaluate'>) {
    this.#engine = engine;
  }

  instant(expr: string, atMs: number, options?: EvaluationOptions): Promise<QueryResult> {
    return this.#engine.instant(expr, atMs, options);
  }

  range(expr: string, range: EvaluationRange, options?: EvaluationOptions): Promise<QueryResult> {
    return this.#engine.evaluate(expr, range, options);
  }

  async instantJson(expr: string, atMs: number, options?: AnswerOptions): Promise<Uint8Array> {
    const startedAt = performance.now();
    const result = await this.instant(expr, atMs, options);
    return instantAnswer(result, atMs, shapeOf(options, startedAt));
  }

  async rangeJson(expr: string, range: EvaluationRange, options?: AnswerOptions): Promise<Uint8Array> {
    const startedAt = performance.now();
    const result = await this.range(expr, range, options);
    return rangeAnswer(result, range, shapeOf(options, startedAt));
  }
}
