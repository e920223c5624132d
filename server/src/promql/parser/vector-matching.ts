import type { SyntaxNode } from '@lezer/common';
import { type BinaryOperator, isSetOperator, type VectorMatching } from '../ast.ts';
import type { AstBuilder } from './ast-builder.ts';
import type { OperatorItem } from './operator-precedence.ts';

const OPERATORS: ReadonlyMap<string, BinaryOperator> = new Map(
  (['+', '-', '*', '/', '%', '^', 'atan2', '==', '!=', '<', '>', '<=', '>=', 'and', 'or', 'unless'] as const).map((op) => [
    op,
    op,
  ]),
);

/** Reads the operator of a binary expression with its `bool`, `on`, `ignoring` and `group_*` modifiers. */
export function binaryOperatorItem(builder: AstBuilder, nodes: readonly SyntaxNode[]): OperatorItem {
  const [operatorNode, ...modifiers] = nodes;
  if (operatorNode === undefined) {
    throw builder.error({ start: 0, end: 0 }, 'binary expression without an operator');
  }
  const op = OPERATORS.get(builder.textOf(operatorNode).toLowerCase());
  if (op === undefined) {
    throw builder.error(operatorNode, `operator ${builder.textOf(operatorNode)} is for native histograms and not supported`);
  }
  const fill = modifiers.find((node) => node.name === 'FillModifier');
  if (fill !== undefined) {
    throw builder.error(fill, 'fill modifiers are experimental and not enabled');
  }
  const clause = modifiers.find((node) => node.name === 'MatchingModifierClause');
  return {
    kind: 'operator',
    op,
    returnBool: modifiers.some((node) => node.name === 'BoolModifier'),
    matching: matchingOf(builder, op, clause),
    span: { start: operatorNode.from, end: (modifiers.at(-1) ?? operatorNode).to },
  };
}

function matchingOf(builder: AstBuilder, op: BinaryOperator, clause: SyntaxNode | undefined): VectorMatching {
  const plain = isSetOperator(op) ? 'manyToMany' : 'oneToOne';
  if (clause === undefined) {
    return { cardinality: plain, on: false, labels: [], include: [] };
  }
  const [labels, include] = clause.getChildren('GroupingLabels').map((node) => builder.labelNames(node));
  const left = clause.getChild('GroupLeft') !== null;
  const right = clause.getChild('GroupRight') !== null;
  let cardinality: VectorMatching['cardinality'] = plain;
  if (left || right) {
    cardinality = left ? 'manyToOne' : 'oneToMany';
  }
  return { cardinality, on: clause.getChild('On') !== null, labels: labels ?? [], include: include ?? [] };
}
