import type { Selection } from '../../model/series-store.ts';
import type { Expr } from '../../promql/ast.ts';
import { PromqlParseError } from '../../promql/errors.ts';
import { parse } from '../../promql/parser/parse.ts';
import { invalid } from './parameters.ts';

const EMPTY_SELECTOR = 'must contain at least one non-empty matcher';

/** A `match[]`, or another parameter of the kind, as matchers, the metric name among them. @throws BadRequestError for anything but a plain selector */
export function parseSelector(text: string, parameter = 'match[]'): Selection['matchers'] {
  const expr = parseMatch(text, parameter);
  if (expr.kind !== 'vectorSelector' || expr.at !== null || expr.offsetMs !== 0 || expr.offsetExpr !== undefined) {
    throw invalid(parameter, `a plain series selector is wanted, for example up or {job="node"}; got ${JSON.stringify(text)}`);
  }
  return expr.matchers;
}

function parseMatch(text: string, parameter: string): Expr {
  try {
    return parse(text);
  } catch (error) {
    if (error instanceof PromqlParseError && error.message.includes(EMPTY_SELECTOR)) {
      throw invalid(parameter, `${parameter} ${EMPTY_SELECTOR}`);
    }
    throw error instanceof PromqlParseError ? invalid(parameter, error.message) : error;
  }
}
