import { parse } from '../promql/parser/parse.ts';
import { typeOf } from '../promql/parser/type-check.ts';

/** What is wrong with a rule's or panel's expression, with its position; `null` when nothing is. Needs no store. */
export function checkExpression(expr: string): { readonly message: string } | null {
  try {
    const type = typeOf(parse(expr));
    return type === 'vector' || type === 'scalar'
      ? null
      : { message: `a rule or panel needs a vector or a scalar, this is a ${type}` };
  } catch (error) {
    return { message: error instanceof Error ? error.message : String(error) };
  }
}
