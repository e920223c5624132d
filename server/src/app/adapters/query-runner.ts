import type { QueryRunner } from '../../http/deps.ts';
import type { PromqlEngine } from '../../promql/engine.ts';

/** Ad-hoc queries for HTTP. */
export function queryRunner(engine: PromqlEngine): QueryRunner {
  return {
    instant: (expr, atMs, options) => engine.instant(expr, atMs, options),
    range: (expr, range, options) => engine.evaluate(expr, range, options),
  };
}
