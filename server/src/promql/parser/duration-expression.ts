import type { DurationExpr, DurationOperation, NumberLiteral, Span } from '../ast.ts';
import { readNumber } from './read-literal.ts';
import type { Token } from './token.ts';
import type { TokenStream } from './token-stream.ts';

type ArithmeticOp = '+' | '-' | '*' | '/' | '%' | '^';

const PRECEDENCE: ReadonlyMap<string, readonly [ArithmeticOp, number]> = new Map(
  (
    [
      ['+', 1],
      ['-', 1],
      ['*', 2],
      ['/', 2],
      ['%', 2],
      ['^', 3],
    ] as const
  ).map(([op, precedence]) => [op, [op, precedence]]),
);
const SIGN_OPERAND_PRECEDENCE = 3;
const MAX_DEPTH = 200;

/** Reads the duration between brackets: arithmetic with numbers, durations, `step()`, `range()`, `min_of` and `max_of`. */
export function readDurationExpression(tokens: TokenStream, minimum = 0, depth = 0): DurationExpr {
  if (depth > MAX_DEPTH) {
    throw tokens.error(tokens.peek(), 'expression is nested too deeply');
  }
  return continueDuration(tokens, readOperand(tokens, depth), minimum, depth);
}

/**
 * Reads the duration after `offset`. Unlike in brackets, an operator after it belongs to the expression around it, unless
 * the duration begins with parentheses.
 */
export function readOffsetDuration(tokens: TokenStream): DurationExpr {
  const sign = readSign(tokens);
  if (!tokens.is('(')) {
    const value = readPlain(tokens, 0);
    return sign === undefined ? value : signed(tokens, sign, value);
  }
  const inner = readWrapped(tokens, 0);
  return sign === undefined ? continueDuration(tokens, inner, 0, 0) : signed(tokens, sign, inner);
}

function continueDuration(tokens: TokenStream, first: DurationExpr, minimum: number, depth: number): DurationExpr {
  let left = first;
  for (let next = operatorAt(tokens, minimum); next !== undefined; next = operatorAt(tokens, minimum)) {
    const sign = tokens.take();
    const [op, precedence] = next;
    const right = readDurationExpression(tokens, op === '^' ? precedence : precedence + 1, depth + 1);
    if ((op === '/' || op === '%') && right.kind === 'number' && right.value === 0) {
      throw tokens.error(sign, op === '/' ? 'division by zero' : 'modulo by zero');
    }
    left = operation(op, { left, right }, { start: left.span.start, end: right.span.end });
  }
  return left;
}

function operatorAt(tokens: TokenStream, minimum: number): readonly [ArithmeticOp, number] | undefined {
  const token = tokens.peek();
  const entry = token.kind === 'operator' ? PRECEDENCE.get(token.word) : undefined;
  return entry !== undefined && entry[1] >= minimum ? entry : undefined;
}

function readOperand(tokens: TokenStream, depth: number): DurationExpr {
  const sign = readSign(tokens);
  if (sign !== undefined) {
    return signed(tokens, sign, readDurationExpression(tokens, SIGN_OPERAND_PRECEDENCE, depth + 1));
  }
  return tokens.is('(') ? readWrapped(tokens, depth) : readPlain(tokens, depth);
}

function readSign(tokens: TokenStream): Token | undefined {
  return tokens.takeIf('-') ?? tokens.takeIf('+');
}

function readWrapped(tokens: TokenStream, depth: number): DurationExpr {
  tokens.take();
  const inner = readDurationExpression(tokens, 0, depth + 1);
  tokens.expect(')');
  return inner.kind === 'number' ? inner : { ...inner, wrapped: true };
}

/** A number, `step()`, `range()`, `min_of(a, b)` or `max_of(a, b)`. */
function readPlain(tokens: TokenStream, depth: number): DurationExpr {
  const token = tokens.peek();
  switch (token.kind === 'preprocessor' ? token.word : token.kind) {
    case 'number':
    case 'duration':
      return checked(tokens, readNumber(tokens));
    case 'step':
    case 'range': {
      tokens.take();
      tokens.expect('(');
      const { end } = tokens.expect(')');
      return operation(token.word === 'step' ? 'step' : 'range', { left: null, right: null }, { start: token.start, end });
    }
    case 'min_of':
    case 'max_of': {
      tokens.take();
      tokens.expect('(');
      const left = readDurationExpression(tokens, 0, depth + 1);
      tokens.expect(',');
      const right = readDurationExpression(tokens, 0, depth + 1);
      const { end } = tokens.expect(')');
      return operation(token.word === 'min_of' ? 'min_of' : 'max_of', { left, right }, { start: token.start, end });
    }
    default:
      throw tokens.unexpected();
  }
}

function signed(tokens: TokenStream, sign: Token, expr: DurationExpr): DurationExpr {
  const span = { start: sign.start, end: expr.span.end };
  if (expr.kind === 'number') {
    return checked(tokens, { ...expr, value: sign.word === '-' ? -expr.value : expr.value, span });
  }
  return sign.word === '-' ? operation('-', { left: null, right: expr }, span) : expr;
}

function operation(op: DurationOperation['op'], sides: Pick<DurationOperation, 'left' | 'right'>, span: Span): DurationOperation {
  return { kind: 'durationOperation', op, ...sides, wrapped: false, span };
}

function checked(tokens: TokenStream, literal: NumberLiteral): NumberLiteral {
  if (!(Math.abs(literal.value) <= 2 ** 63 / 1e9)) {
    throw tokens.error(literal.span, 'duration out of range');
  }
  return literal;
}

/** Whole milliseconds of a number of seconds; what is finer is cut off, as in Prometheus. */
export function secondsToMs(value: number): number {
  return Math.trunc(Math.round(value * 1e9) / 1e6);
}
