import type { SyntaxNode } from '@lezer/common';
import type { Span } from '../ast.ts';

/** Where a node stands in the text. */
export function spanOf(node: SyntaxNode): Span {
  return { start: node.from, end: node.to };
}

/** The named children, comments left out. */
export function childNodes(node: SyntaxNode): SyntaxNode[] {
  const children: SyntaxNode[] = [];
  for (let child = node.firstChild; child !== null; child = child.nextSibling) {
    if (child.name !== 'LineComment') {
      children.push(child);
    }
  }
  return children;
}
