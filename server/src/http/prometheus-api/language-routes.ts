import type { Expr } from '../../promql/ast.ts';
import { PromqlParseError } from '../../promql/errors.ts';
import { format } from '../../promql/format.ts';
import { parse } from '../../promql/parser/parse.ts';
import { bothMethods, type Call, type Route } from '../route.ts';
import { invalid, type Parameters, parametersOf } from './parameters.ts';
import { parseTreeJson } from './parse-tree-json.ts';

/** `/api/v1/format_query` and `parse_query`: about the text of an expression, not its value. */
export function languageRoutes(): readonly Route[] {
  return [
    ...bothMethods('/api/v1/format_query', (call) => ({ status: 'success', data: format(parsed(call)) })),
    ...bothMethods('/api/v1/parse_query', (call) => ({ status: 'success', data: parseTreeJson(parsed(call)) })),
  ];
}

function parsed({ request }: Call): Expr {
  return parseParameter(parametersOf(request));
}

/** The expression in the parameter `query`. @throws BadRequestError with Prometheus' text */
export function parseParameter(parameters: Parameters): Expr {
  const text = parameters.get('query');
  if (text === '') {
    throw invalid('query', 'unknown position: parse error: no expression found in input');
  }
  try {
    return parse(text);
  } catch (error) {
    throw error instanceof PromqlParseError ? invalid('query', error.message) : error;
  }
}
