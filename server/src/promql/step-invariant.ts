import { type Expr, walk } from './ast.ts';

/** Functions that ask for the evaluation time itself. */
const TIME_BOUND: ReadonlySet<string> = new Set(
  (
    'days_in_month day_of_month day_of_week day_of_year end hour minute month year predict_linear range start step time ' +
    'timestamp'
  ).split(' '),
);

/** Whether the expression asks for the evaluation time in some other way than by its selectors. */
export function asksForTime(expr: Expr): boolean {
  return walk(expr).some((each) => each.kind === 'call' && TIME_BOUND.has(each.name));
}

/** Whether the expression means the same at every step: all its selectors are pinned by `@`, and nothing asks for the time. */
export function isStepInvariant(expr: Expr): boolean {
  return !asksForTime(expr) && isPinned(expr);
}

function isPinned(expr: Expr): boolean {
  // What is inside a pinned subquery moves with the subquery only.
  const isMoving = (each: Expr): boolean => each.kind !== 'subquery' || each.at === null;
  return walk(expr, isMoving).every((each) => each.kind !== 'vectorSelector' || each.at !== null);
}
