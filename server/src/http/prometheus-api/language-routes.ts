import { depthOf, type Expr } from '../../promql/ast.ts';
import { PromqlParseError } from '../../promql/errors.ts';
import { parse } from '../../promql/parser/parse.ts';
import { prettify } from '../../promql/prettify.ts';
import { bothMethods, type Call, type Route } from '../route.ts';
import { invalid, type Parameters, parametersOf } from './parameters.ts';
import { parseTreeJson } from './parse-tree-json.ts';

/** `/api/v1/format_query` and `parse_query`: about the text of an expression, not its value. */
export function languageRoutes(): readonly Route[] {
  return [
    ...bothMethods('/api/v1/format_query', (call) => ({ status: 'success', data: prettify(parsed(call)) })),
    ...bothMethods('/api/v1/parse_query', (call) => ({ status: 'success', data: tree(parsed(call)) })),
  ];
}

/** JSON in which objects lie deeper in one another than this is more than many a reader's stack can take, and our own writer's. */
const MAX_TREE_DEPTH = 2_000;

function tree(expr: Expr): object {
  const depth = depthOf(expr);
  if (depth > MAX_TREE_DEPTH) {
    throw invalid('query', `its tree is ${depth} levels deep, and at most ${MAX_TREE_DEPTH} are shown: ask for a part of it`);
  }
  return parseTreeJson(expr);
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
