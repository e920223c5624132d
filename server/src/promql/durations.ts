import {
  type Binary,
  type DurationExpr,
  type DurationOperation,
  type Expr,
  leftChain,
  type MatrixSelector,
  type Subquery,
  type VectorSelector,
  walk,
} from './ast.ts';
import { EvaluationError } from './errors.ts';
import { power } from './power.ts';

/** What `step()` and `range()` mean, in milliseconds. Both are 0 in an instant query. */
export interface QueryTimes {
  readonly stepMs: number;
  readonly rangeMs: number;
}

/** Whether any duration of the expression is computed, so that it has to be resolved before it is evaluated. */
export function hasComputedDurations(expr: Expr): boolean {
  return walk(expr).some(hasComputedDuration);
}

function hasComputedDuration(expr: Expr): boolean {
  switch (expr.kind) {
    case 'vectorSelector':
      return expr.offsetExpr !== undefined;
    case 'matrixSelector':
      return expr.rangeExpr !== undefined;
    case 'subquery':
      return (expr.rangeExpr ?? expr.stepExpr ?? expr.offsetExpr) !== undefined;
    default:
      return false;
  }
}

/**
 * The expression with every computed duration worked out for one query; none is left.
 * @throws EvaluationError when a duration is not above 0, not finite, out of range or divides by zero; Prometheus' texts.
 */
export function resolveDurations(expr: Expr, times: QueryTimes): Expr {
  switch (expr.kind) {
    case 'number':
    case 'string':
      return expr;
    case 'vectorSelector':
      return resolveSelector(expr, times);
    case 'matrixSelector':
      return resolveMatrix(expr, times);
    case 'subquery':
      return resolveSubquery(expr, times);
    case 'unary':
    case 'paren':
      return { ...expr, expr: resolveDurations(expr.expr, times) };
    case 'binary':
      return resolveChain(expr, times);
    case 'aggregate': {
      const param = expr.param === null ? null : resolveDurations(expr.param, times);
      return { ...expr, expr: resolveDurations(expr.expr, times), param };
    }
    case 'call':
      return { ...expr, args: expr.args.map((arg) => resolveDurations(arg, times)) };
  }
}

function resolveChain(expr: Binary, times: QueryTimes): Expr {
  const chain = leftChain(expr);
  let resolved = resolveDurations(chain[0].left, times);
  for (const link of chain) {
    resolved = { ...link, left: resolved, right: resolveDurations(link.right, times) };
  }
  return resolved;
}

function resolveSelector(selector: VectorSelector, times: QueryTimes): VectorSelector {
  const { offsetExpr, ...rest } = selector;
  return offsetExpr === undefined ? selector : { ...rest, offsetMs: durationMs(offsetExpr, times) };
}

function resolveMatrix({ rangeExpr, ...expr }: MatrixSelector, times: QueryTimes): MatrixSelector {
  const rangeMs = rangeExpr === undefined ? expr.rangeMs : positiveMs(rangeExpr, times);
  return { ...expr, selector: resolveSelector(expr.selector, times), rangeMs };
}

function resolveSubquery({ rangeExpr, stepExpr, offsetExpr, ...expr }: Subquery, times: QueryTimes): Subquery {
  return {
    ...expr,
    expr: resolveDurations(expr.expr, times),
    offsetMs: offsetExpr === undefined ? expr.offsetMs : durationMs(offsetExpr, times),
    stepMs: stepExpr === undefined ? expr.stepMs : positiveMs(stepExpr, times),
    rangeMs: rangeExpr === undefined ? expr.rangeMs : positiveMs(rangeExpr, times),
  };
}

function positiveMs(expr: DurationOperation, times: QueryTimes): number {
  const ms = durationMs(expr, times);
  if (ms <= 0 && seconds(expr, times) <= 0) {
    throw wrong(expr, 'duration must be greater than 0');
  }
  return ms;
}

function durationMs(expr: DurationOperation, times: QueryTimes): number {
  const value = seconds(expr, times);
  if (!Number.isFinite(value)) {
    throw wrong(expr, 'duration is NaN or infinite');
  }
  if (Math.abs(value) > 2 ** 63 / 1e9) {
    throw wrong(expr, 'duration is out of range');
  }
  return Math.trunc(value * 1000);
}

function seconds(expr: DurationExpr, times: QueryTimes): number {
  if (expr.kind === 'number') {
    return expr.value;
  }
  const left = expr.left === null ? 0 : seconds(expr.left, times);
  const right = expr.right === null ? 0 : seconds(expr.right, times);
  switch (expr.op) {
    case 'step':
      return times.stepMs / 1000;
    case 'range':
      return times.rangeMs / 1000;
    case 'min_of':
      return Math.min(left, right);
    case 'max_of':
      return Math.max(left, right);
    case '+':
      return left + right;
    case '-':
      return left - right;
    case '*':
      return left * right;
    case '^':
      return power(left, right);
    case '/':
    case '%':
      if (right === 0) {
        throw wrong(expr, expr.op === '/' ? 'division by zero' : 'modulo by zero');
      }
      return expr.op === '/' ? left / right : left % right;
  }
}

/** Prometheus names such a place by the offsets of its first and last character. */
function wrong({ span }: DurationOperation, reason: string): EvaluationError {
  return new EvaluationError(`${span.start}:${span.end}: ${reason}`);
}
