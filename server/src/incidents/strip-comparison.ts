import type { SyntaxNode } from '@lezer/common';
import { parser } from '@prometheus-io/lezer-promql';

const COMPARISONS = new Set(['Eql', 'Neq', 'Lte', 'Lss', 'Gte', 'Gtr', 'EqlSingle']);
const SETS = new Set(['And', 'Unless', 'Or']);

/**
 * The measured side of an alert's condition: `a / b > 0.9` gives `a / b`, `(x > 1) and y` gives `x`. The expression itself
 * when it has no comparison on top, and null when it does not parse.
 */
export function stripComparison(expr: string): string | null {
  const tree = parser.parse(expr);
  let hasError = false;
  tree.iterate({
    enter: (node) => {
      hasError ||= node.type.isError;
    },
  });
  const top = tree.topNode.firstChild;
  if (hasError || top === null) {
    return null;
  }
  const node = measured(top);
  return expr.slice(node.from, node.to).trim();
}

function measured(node: SyntaxNode): SyntaxNode {
  const inner = node.name === 'ParenExpr' ? node.firstChild : null;
  if (inner !== null) {
    return measured(inner);
  }
  const [left, right] = [node.firstChild, node.lastChild];
  if (node.name !== 'BinaryExpr' || left === null || right === null) {
    return node;
  }
  const operator = left.nextSibling?.name ?? '';
  if (SETS.has(operator)) {
    return measured(left);
  }
  if (!COMPARISONS.has(operator)) {
    return node;
  }
  return measured(left.name === 'NumberDurationLiteral' || left.name === 'NumberLiteral' ? right : left);
}
