import type { Expr, Subquery, VectorSelector } from '../ast.ts';
import { format } from '../format.ts';
import { asksForTime } from '../step-invariant.ts';

/**
 * The text of an expression with `@ atMs` on every selector and subquery that has none and is not inside a pinned subquery:
 * its answer is the same at any evaluation time. `undefined` when it cannot be, because it asks for the time itself.
 */
export function pinnedQuery(expr: Expr, atMs: number): string | undefined {
  return asksForTime(expr) ? undefined : format(pin(expr, atMs));
}

function pin(expr: Expr, atMs: number): Expr {
  switch (expr.kind) {
    case 'number':
    case 'string':
      return expr;
    case 'vectorSelector':
    case 'subquery':
      return pinned(expr, atMs);
    case 'matrixSelector':
      return { ...expr, selector: pinned(expr.selector, atMs) };
    case 'unary':
    case 'paren':
      return { ...expr, expr: pin(expr.expr, atMs) };
    case 'binary':
      return { ...expr, left: pin(expr.left, atMs), right: pin(expr.right, atMs) };
    case 'aggregate':
      return { ...expr, expr: pin(expr.expr, atMs), param: expr.param === null ? null : pin(expr.param, atMs) };
    case 'call':
      return { ...expr, args: expr.args.map((arg) => pin(arg, atMs)) };
  }
}

function pinned<T extends VectorSelector | Subquery>(expr: T, atMs: number): T {
  return expr.at === null ? { ...expr, at: { kind: 'time', ms: atMs } } : expr;
}
