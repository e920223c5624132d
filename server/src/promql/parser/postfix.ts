import type { AtModifier, DurationExpr, DurationOperation, Expr, MatrixSelector, Subquery, VectorSelector } from '../ast.ts';
import { readDurationExpression, readOffsetDuration, secondsToMs } from './duration-expression.ts';
import { readNumber } from './read-literal.ts';
import type { Token } from './token.ts';
import type { TokenStream } from './token-stream.ts';

type Modifiable = VectorSelector | MatrixSelector | Subquery;

/** Applies `[5m]`, `[1h:5m]`, `offset` and `@`, as many as follow, to what is before them. */
export function readPostfix(tokens: TokenStream, operand: Expr): Expr {
  let expr = operand;
  for (;;) {
    const token = tokens.peek();
    if (tokens.is('[')) {
      expr = readBrackets(tokens, expr);
    } else if (tokens.is('offset')) {
      expr = readOffset(tokens, expr);
    } else if (tokens.is('@')) {
      expr = readAt(tokens, expr);
    } else if (tokens.is('anchored') || tokens.is('smoothed')) {
      throw tokens.error(expr.span, `${token.word} modifier is experimental and not enabled`);
    } else {
      return expr;
    }
  }
}

const RANGE = { context: 'subquery or range selector', expected: 'number, duration, step(), or range()' };
const STEP = { context: 'subquery selector', expected: 'number, duration, step(), range(), or "]"' };

function readBrackets(tokens: TokenStream, operand: Expr): Expr {
  const open = tokens.take();
  const range = tokens.within(RANGE, () => readPositiveDuration(tokens));
  if (tokens.is(']')) {
    return matrixSelector(tokens, operand, { open, range });
  }
  tokens.expect(':', { context: 'subquery or range', expected: '":" or "]"' });
  const step = tokens.is(']') ? null : tokens.within(STEP, () => readPositiveDuration(tokens));
  const { end } = tokens.expect(']', { context: 'subquery selector', expected: '"]"' });
  return {
    kind: 'subquery',
    expr: operand,
    rangeMs: literalMs(range),
    ...(range.kind === 'number' ? {} : { rangeExpr: range }),
    stepMs: step === null ? null : literalMs(step),
    ...(step === null || step.kind === 'number' ? {} : { stepExpr: step }),
    offsetMs: 0,
    at: null,
    span: { start: operand.span.start, end },
  };
}

function matrixSelector(tokens: TokenStream, operand: Expr, { open, range }: { open: Token; range: DurationExpr }): Expr {
  const { end } = tokens.take();
  const brackets = { start: open.start, end };
  if (operand.kind !== 'vectorSelector') {
    throw tokens.error(brackets, 'ranges only allowed for vector selectors');
  }
  if (hasOffset(operand)) {
    throw tokens.error(brackets, 'no offset modifiers allowed before range');
  }
  if (operand.at?.kind === 'time') {
    throw tokens.error(brackets, 'no @ modifiers allowed before range');
  }
  return {
    kind: 'matrixSelector',
    selector: operand,
    rangeMs: literalMs(range),
    ...(range.kind === 'number' ? {} : { rangeExpr: range }),
    span: { start: operand.span.start, end },
  };
}

function readPositiveDuration(tokens: TokenStream): DurationExpr {
  const duration = readDurationExpression(tokens);
  if (duration.kind === 'number' && !(duration.value > 0)) {
    throw tokens.error(duration.span, 'duration must be greater than 0');
  }
  return duration;
}

/** What a computed duration is worth is known once there is a query. */
function literalMs(duration: DurationExpr): number {
  return duration.kind === 'number' ? secondsToMs(duration.value) : 0;
}

const OFFSET = { context: 'offset', expected: 'number, duration, step(), or range()' };

function readOffset(tokens: TokenStream, operand: Expr): Expr {
  tokens.take();
  const duration = tokens.within(OFFSET, () => readOffsetDuration(tokens));
  const target = modifiable(tokens, operand, 'offset modifier');
  if (hasOffset(modifiersOf(target))) {
    throw tokens.error(operand.span, 'offset may not be set multiple times');
  }
  const change = duration.kind === 'number' ? {} : { offsetExpr: duration };
  return modified(target, { offsetMs: literalMs(duration), ...change }, tokens.lastEnd);
}

function hasOffset({ offsetMs, offsetExpr }: { readonly offsetMs: number; readonly offsetExpr?: DurationOperation }): boolean {
  return offsetMs !== 0 || offsetExpr !== undefined;
}

const AT = { context: '@', expected: 'timestamp' };

function readAt(tokens: TokenStream, operand: Expr): Expr {
  tokens.take();
  const at = tokens.within(AT, () => readAtTime(tokens, operand));
  const target = modifiable(tokens, operand, '@ modifier');
  if (modifiersOf(target).at !== null) {
    throw tokens.error(operand.span, '@ <timestamp> may not be set multiple times');
  }
  return modified(target, { at }, tokens.lastEnd);
}

function readAtTime(tokens: TokenStream, operand: Expr): AtModifier {
  const bound = tokens.takeIf('start') ?? tokens.takeIf('end');
  if (bound !== undefined) {
    tokens.expect('(');
    tokens.expect(')');
    return { kind: bound.word === 'start' ? 'start' : 'end' };
  }
  const sign = tokens.takeIf('-') ?? tokens.takeIf('+');
  const token = tokens.peek();
  if (token.kind !== 'number' && token.kind !== 'duration') {
    throw tokens.unexpected();
  }
  const { value } = readNumber(tokens);
  const seconds = sign?.word === '-' ? -value : value;
  if (!(Math.abs(seconds) < 2 ** 63)) {
    throw tokens.error(operand.span, `timestamp out of bounds for @ modifier: ${goFixed(seconds)}`);
  }
  return { kind: 'time', ms: Math.sign(seconds) * Math.round(Math.abs(seconds) * 1000) };
}

/** A number as Go's `%f` prints it. */
function goFixed(value: number): string {
  if (!Number.isFinite(value)) {
    return Number.isNaN(value) ? 'NaN' : `${value > 0 ? '+' : '-'}Inf`;
  }
  return `${BigInt(value)}.000000`;
}

function modifiable(tokens: TokenStream, operand: Expr, what: string): Modifiable {
  if (operand.kind === 'vectorSelector' || operand.kind === 'matrixSelector' || operand.kind === 'subquery') {
    return operand;
  }
  throw tokens.error(
    operand.span,
    `${what} must be preceded by an instant vector selector or range vector selector or a subquery`,
  );
}

function modifiersOf(target: Modifiable): VectorSelector | Subquery {
  return target.kind === 'matrixSelector' ? target.selector : target;
}

function modified(
  target: Modifiable,
  change: { offsetMs?: number; offsetExpr?: DurationOperation; at?: AtModifier },
  end: number,
): Expr {
  const span = { start: target.span.start, end };
  if (target.kind === 'matrixSelector') {
    return { ...target, selector: { ...target.selector, ...change }, span };
  }
  return { ...target, ...change, span };
}
