import type { QueryApi } from '../../http/deps.ts';
import type { PromqlEngine } from '../../promql/engine.ts';
import { PromqlParseError } from '../../promql/errors.ts';

/** Ad-hoc queries for HTTP. */
export function queryApi(engine: PromqlEngine): QueryApi {
  return {
    instant: (expr, atMs, signal) => engine.instant(expr, atMs, { signal }),
    range: (expr, range, signal) => engine.evaluate(expr, range, { signal }),
    parseSelector: (text) => {
      const { selectors, expr } = engine.prepare(text);
      if (expr.kind !== 'vectorSelector') {
        throw new PromqlParseError(text, expr.span, 'a series selector is wanted here, for example up or {job="node"}');
      }
      return selectors[0] ?? [];
    },
  };
}
