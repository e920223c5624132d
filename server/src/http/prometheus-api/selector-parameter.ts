import type { Selection } from '../../model/series-store.ts';
import type { Expr } from '../../promql/ast.ts';
import { PromqlParseError } from '../../promql/errors.ts';
import { parse } from '../../promql/parser/parse.ts';
import { invalid } from './parameters.ts';

const EMPTY_SELECTOR = 'must contain at least one non-empty matcher';

/** A `match[]` as matchers, the metric name among them. @throws BadRequestError for anything but a plain selector */
export function parseSelector(text: string): Selection['matchers'] {
  const expr = parseMatch(text);
  if (expr.kind !== 'vectorSelector' || expr.at !== null || expr.offsetMs !== 0 || expr.offsetExpr !== undefined) {
    throw invalid('match[]', `a plain series selector is wanted, for example up or {job="node"}; got ${JSON.stringify(text)}`);
  }
  return expr.matchers;
}

function parseMatch(text: string): Expr {
  try {
    return parse(text);
  } catch (error) {
    if (error instanceof PromqlParseError && error.message.includes(EMPTY_SELECTOR)) {
      throw invalid('match[]', `match[] ${EMPTY_SELECTOR}`);
    }
    throw error instanceof PromqlParseError ? invalid('match[]', error.message) : error;
  }
}
