import type { EvaluationRange, PromqlEngine, QueryResult } from '../promql/engine.ts';
import { instantAnswer, rangeAnswer } from './answer-json.ts';
import type { AnswerOptions, QueryOptions, QueryRunner } from './query-runner.ts';

/** Runs queries where it is called: for stores that evaluate elsewhere, and for tests. */
export class InThreadQueries implements QueryRunner {
  readonly #engine: Pick<PromqlEngine, 'instant' | 'evaluate'>;

  constructor(engine: Pick<PromqlEngine, 'instant' | 'evaluate'>) {
    this.#engine = engine;
  }

  instant(expr: string, atMs: number, options?: QueryOptions): Promise<QueryResult> {
    return this.#engine.instant(expr, atMs, options);
  }

  range(expr: string, range: EvaluationRange, options?: QueryOptions): Promise<QueryResult> {
    return this.#engine.evaluate(expr, range, options);
  }

  async instantJson(expr: string, atMs: number, options?: AnswerOptions): Promise<Uint8Array> {
    return instantAnswer(await this.instant(expr, atMs, options), atMs, options);
  }

  async rangeJson(expr: string, range: EvaluationRange, options?: AnswerOptions): Promise<Uint8Array> {
    return rangeAnswer(await this.range(expr, range, options), range, options);
  }
}
