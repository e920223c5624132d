import type { Expr } from './ast.ts';
import { hasComputedDurations, type QueryTimes, resolveDurations } from './durations.ts';
import { format } from './format.ts';

/**
 * An expression as text in which `step()` and `range()` have the values they have in one query, so that it may be evaluated at
 * other steps than that query's.
 * @throws EvaluationError as `resolveDurations` does
 */
export function withFixedDurations({ text, expr }: { readonly text: string; readonly expr: Expr }, times: QueryTimes): string {
  return hasComputedDurations(expr) ? format(resolveDurations(expr, times)) : text;
}
