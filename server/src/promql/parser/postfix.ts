import type { SyntaxNode } from '@lezer/common';
import type { AtModifier, Expr, MatrixSelector, Subquery, VectorSelector } from '../ast.ts';
import type { AstBuilder } from './ast-builder.ts';
import { parseNumber } from './literals.ts';
import { childNodes } from './nodes.ts';

type Modifiable = VectorSelector | MatrixSelector | Subquery;

/** Applies `[5m]`, `[1h:5m]`, `offset` or `@` to the selector before it. */
export function applyPostfix(builder: AstBuilder, node: SyntaxNode, operand: Expr): Expr {
  switch (node.name) {
    case 'MatrixSelector':
      return matrixSelector(builder, node, operand);
    case 'SubqueryExpr':
      return subquery(builder, node, operand);
    case 'OffsetExpr':
      return withOffset(builder, node, operand);
    case 'StepInvariantExpr':
      return withAt(builder, node, operand);
    default:
      throw builder.error(
        operand.span,
        `${node.name === 'AnchoredExpr' ? 'anchored' : 'smoothed'} modifier is experimental and not enabled`,
      );
  }
}

function matrixSelector(builder: AstBuilder, node: SyntaxNode, operand: Expr): Expr {
  if (operand.kind !== 'vectorSelector') {
    throw builder.error(operand.span, 'ranges only allowed for vector selectors');
  }
  if (operand.offsetMs !== 0) {
    throw builder.error(operand.span, 'no offset modifiers allowed before range');
  }
  if (operand.at !== null) {
    throw builder.error(operand.span, 'no @ modifiers allowed before range');
  }
  const [duration] = node.getChildren('DurationExpr');
  return {
    kind: 'matrixSelector',
    selector: operand,
    rangeMs: positiveDuration(builder, duration ?? node),
    span: { start: operand.span.start, end: node.to },
  };
}

function subquery(builder: AstBuilder, node: SyntaxNode, operand: Expr): Expr {
  const [range, step] = node.getChildren('DurationExpr');
  return {
    kind: 'subquery',
    expr: operand,
    rangeMs: positiveDuration(builder, range ?? node),
    stepMs: step === undefined ? null : positiveDuration(builder, step),
    offsetMs: 0,
    at: null,
    span: { start: operand.span.start, end: node.to },
  };
}

function withOffset(builder: AstBuilder, node: SyntaxNode, operand: Expr): Expr {
  const target = modifiable(builder, operand, 'offset modifier');
  if (modifiersOf(target).offsetMs !== 0) {
    throw builder.error(operand.span, 'offset may not be set multiple times');
  }
  const duration = node.getChild('OffsetDurationExpr');
  return modified(target, { offsetMs: durationMs(builder, duration ?? node) }, node.to);
}

function withAt(builder: AstBuilder, node: SyntaxNode, operand: Expr): Expr {
  const target = modifiable(builder, operand, '@ modifier');
  if (modifiersOf(target).at !== null) {
    throw builder.error(operand.span, '@ <timestamp> may not be set multiple times');
  }
  const preprocessor = node.getChild('AtModifierPreprocessors');
  if (preprocessor !== null) {
    const kind = preprocessor.getChild('AtStart') === null ? 'end' : 'start';
    return modified(target, { at: { kind } }, node.to);
  }
  const literal = childNodes(node).at(-1);
  const text = literal === undefined ? '' : builder.textOf(literal).replace(/\s/g, '');
  const seconds = parseNumber(text.replace(/^[+-]/, '')) ?? Number.NaN;
  const signed = text.startsWith('-') ? -seconds : seconds;
  if (!Number.isFinite(signed) || Math.abs(signed) >= 2 ** 63) {
    throw builder.error(operand.span, `timestamp out of bounds for @ modifier: ${text}`);
  }
  return modified(target, { at: { kind: 'time', ms: Math.round(signed * 1000) } }, node.to);
}

function modifiable(builder: AstBuilder, operand: Expr, what: string): Modifiable {
  if (operand.kind === 'vectorSelector' || operand.kind === 'matrixSelector' || operand.kind === 'subquery') {
    return operand;
  }
  throw builder.error(
    operand.span,
    `${what} must be preceded by an instant vector selector or range vector selector or a subquery`,
  );
}

function modifiersOf(target: Modifiable): { readonly offsetMs: number; readonly at: AtModifier | null } {
  return target.kind === 'matrixSelector' ? target.selector : target;
}

function modified(target: Modifiable, change: { offsetMs?: number; at?: AtModifier }, end: number): Expr {
  const span = { start: target.span.start, end };
  if (target.kind === 'matrixSelector') {
    return { ...target, selector: { ...target.selector, ...change }, span };
  }
  return { ...target, ...change, span };
}

function positiveDuration(builder: AstBuilder, node: SyntaxNode): number {
  const duration = durationMs(builder, node);
  if (duration <= 0) {
    throw builder.error(node, 'duration must be greater than 0');
  }
  return duration;
}

/** A duration or a plain number of seconds; arithmetic on durations is experimental in Prometheus and refused. */
function durationMs(builder: AstBuilder, node: SyntaxNode): number {
  const match = /^([+-]?)\s*([\w.]+(?:[eE][+-]\d+)?)$/.exec(builder.textOf(node));
  const seconds = match === null ? undefined : parseNumber(match[2] ?? '');
  if (seconds === undefined) {
    throw builder.error(node, 'experimental duration expression is not enabled');
  }
  const nanoseconds = Math.round(seconds * 1e9);
  if (!(nanoseconds < 2 ** 63)) {
    throw builder.error(node, 'duration out of range');
  }
  return Math.trunc(nanoseconds / 1e6) * (match?.[1] === '-' ? -1 : 1);
}
