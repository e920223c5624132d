import type { SyntaxNode } from '@lezer/common';
import type { BinaryOperator, Expr, Span, VectorMatching } from '../ast.ts';
import { PromqlParseError } from '../errors.ts';

export interface OperatorItem {
  readonly kind: 'operator';
  readonly op: BinaryOperator;
  readonly returnBool: boolean;
  readonly matching: VectorMatching;
  readonly span: Span;
}

/** An expression flattened into source order. */
export type Item =
  | { readonly kind: 'prefix'; readonly op: '+' | '-'; readonly start: number }
  | { readonly kind: 'operand'; readonly expr: Expr }
  | { readonly kind: 'postfix'; readonly node: SyntaxNode }
  | OperatorItem;

const PRECEDENCE: Readonly<Record<BinaryOperator, number>> = {
  or: 1,
  and: 2,
  unless: 2,
  '==': 3,
  '!=': 3,
  '<=': 3,
  '<': 3,
  '>=': 3,
  '>': 3,
  '+': 4,
  '-': 4,
  '*': 5,
  '/': 5,
  '%': 5,
  atan2: 5,
  '^': 6,
};

// A sign binds like multiplication, so that `-2^2` is -4 and `-a * b` is (-a) * b.
const SIGN_OPERAND_PRECEDENCE = 6;

/** Puts items together by Prometheus' precedence: modifiers tightest, then `^` (right to left), signs, `* / % atan2`, `+ -`, … */
export function climb(text: string, items: readonly Item[], postfix: (node: SyntaxNode, operand: Expr) => Expr): Expr {
  let next = 0;

  const operand = (): Expr => {
    const item = items[next];
    next += 1;
    if (item?.kind === 'prefix') {
      return signed(item.op, item.start, expression(SIGN_OPERAND_PRECEDENCE));
    }
    if (item?.kind !== 'operand') {
      throw new PromqlParseError(text, { start: 0, end: text.length }, 'incomplete expression');
    }
    let expr = item.expr;
    for (let after = items[next]; after?.kind === 'postfix'; after = items[next]) {
      next += 1;
      expr = postfix(after.node, expr);
    }
    return expr;
  };

  const expression = (minimum: number): Expr => {
    let left = operand();
    for (let item = items[next]; item?.kind === 'operator' && PRECEDENCE[item.op] >= minimum; item = items[next]) {
      next += 1;
      const precedence = PRECEDENCE[item.op];
      const right = expression(item.op === '^' ? precedence : precedence + 1);
      left = binary(item, left, right);
    }
    return left;
  };

  return expression(0);
}

function signed(op: '+' | '-', start: number, expr: Expr): Expr {
  const span = { start, end: expr.span.end };
  if (expr.kind === 'number') {
    return { kind: 'number', value: op === '-' ? -expr.value : expr.value, span };
  }
  return { kind: 'unary', op, expr, span };
}

function binary(item: OperatorItem, left: Expr, right: Expr): Expr {
  return {
    kind: 'binary',
    op: item.op,
    left,
    right,
    returnBool: item.returnBool,
    matching: item.matching,
    opSpan: item.span,
    span: { start: left.span.start, end: right.span.end },
  };
}
