import type { SyntaxNode, Tree } from '@lezer/common';
import { parser } from '@prometheus-io/lezer-promql';
import type { Expr } from '../ast.ts';
import { PromqlParseError } from '../errors.ts';
import { AstBuilder } from './ast-builder.ts';
import { checkTypes } from './type-check.ts';

const MAX_TEXT_LENGTH = 100_000;

/**
 * Parses and type-checks an expression with Prometheus' own grammar.
 * @throws PromqlParseError with the position of what is wrong; never anything else, whatever the text.
 */
export function parse(text: string): Expr {
  if (text.length > MAX_TEXT_LENGTH) {
    throw new PromqlParseError(text, { start: 0, end: 0 }, `expression is longer than ${MAX_TEXT_LENGTH} characters`);
  }
  try {
    const tree = parser.parse(inGrammar(text));
    rejectSyntaxErrors(text, tree);
    const top = tree.topNode.firstChild;
    const expr = new AstBuilder(text).build(skipComments(top) ?? tree.topNode);
    checkTypes(text, expr);
    return expr;
  } catch (error) {
    if (error instanceof RangeError) {
      throw new PromqlParseError(text, { start: 0, end: 0 }, 'expression is nested too deeply');
    }
    throw error;
  }
}

/**
 * The text with what Lezer's grammar does not know of Prometheus' language put in words it does know, of the same length:
 * the functions min_of and max_of, and numbers that end in a dot. The tree is read against the text as it was written.
 */
function inGrammar(text: string): string {
  return text.replace(/\b(?:min_of|max_of)(?=\s*\()/g, 'minute').replace(/(?<![\w.:])(\d+)\.(?![\d.])/g, '$10');
}

function skipComments(node: SyntaxNode | null): SyntaxNode | null {
  return node?.name === 'LineComment' ? skipComments(node.nextSibling) : node;
}

function rejectSyntaxErrors(text: string, tree: Tree): void {
  if (tree.topNode.firstChild === null) {
    throw new PromqlParseError(text, { start: text.length, end: text.length }, 'no expression found in input');
  }
  let errorAt: number | undefined;
  tree.iterate({
    enter: (node) => {
      if (node.type.isError) {
        errorAt ??= node.from;
      }
      return errorAt === undefined;
    },
  });
  if (errorAt !== undefined) {
    throw syntaxError(text, errorAt);
  }
}

function syntaxError(text: string, errorAt: number): PromqlParseError {
  const start = errorAt + (/^\s*/.exec(text.slice(errorAt))?.[0].length ?? 0);
  if (text.trim() === '') {
    return new PromqlParseError(text, { start: text.length, end: text.length }, 'no expression found in input');
  }
  if (text[start] === '(') {
    const callee = /[A-Za-z_:][\w:]*\s*$/.exec(text.slice(0, start))?.[0];
    if (callee !== undefined) {
      const name = callee.trimEnd();
      return new PromqlParseError(
        text,
        { start: start - callee.length, end: start },
        `unknown function with name ${JSON.stringify(name)}`,
      );
    }
  }
  return new PromqlParseError(text, { start, end: start + 1 }, `unexpected ${describeToken(text.slice(start))}`);
}

const TOKEN_NAMES: Readonly<Record<string, string>> = {
  '(': 'left parenthesis "("',
  ')': 'right parenthesis ")"',
  '{': '"{"',
  '}': '"}"',
  '[': '"["',
  ']': '"]"',
  ',': '","',
};

function describeToken(rest: string): string {
  if (rest === '') {
    return 'end of input';
  }
  const [identifier] = /^[A-Za-z_:][\w:]*/.exec(rest) ?? [];
  if (identifier !== undefined) {
    return `identifier ${JSON.stringify(identifier)}`;
  }
  const [number] = /^[\d.]\w*/.exec(rest) ?? [];
  if (number !== undefined) {
    return `number ${JSON.stringify(number)}`;
  }
  if (/^["'`]/.test(rest)) {
    return `string ${rest.slice(0, 40)}`;
  }
  const character = String.fromCodePoint(rest.codePointAt(0) ?? 0);
  return TOKEN_NAMES[character] ?? `character ${JSON.stringify(character)}`;
}
