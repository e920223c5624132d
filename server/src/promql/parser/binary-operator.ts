import type { BinaryOperator, Span, VectorMatching } from '../ast.ts';
import { readString } from './read-literal.ts';
import { isLabelWord } from './token.ts';
import type { TokenStream } from './token-stream.ts';

export interface BinaryOperatorItem {
  readonly op: BinaryOperator;
  readonly precedence: number;
  readonly returnBool: boolean;
  readonly matching: VectorMatching;
  readonly span: Span;
}

const PRECEDENCE: ReadonlyMap<string, readonly [BinaryOperator, number]> = new Map(
  (
    [
      ['or', 1],
      ['and', 2],
      ['unless', 2],
      ['==', 3],
      ['!=', 3],
      ['<=', 3],
      ['<', 3],
      ['>=', 3],
      ['>', 3],
      ['+', 4],
      ['-', 4],
      ['*', 5],
      ['/', 5],
      ['%', 5],
      ['atan2', 5],
      ['^', 6],
    ] as const
  ).map(([op, precedence]) => [op, [op, precedence]]),
);

/** Reads the next operator with its `bool`, `on`, `ignoring` and `group_*` modifiers, unless it binds less tightly than `minimum`. */
export function readBinaryOperator(tokens: TokenStream, minimum: number, left: Span): BinaryOperatorItem | undefined {
  const token = tokens.peek();
  if (token.kind !== 'operator') {
    return undefined;
  }
  if (token.word === '</' || token.word === '>/') {
    throw tokens.error(token, `operator ${token.word} is for native histograms and not supported`);
  }
  const [op, precedence] = PRECEDENCE.get(token.word) ?? [];
  if (op === undefined || precedence === undefined || precedence < minimum) {
    return undefined;
  }
  tokens.take();
  const returnBool = tokens.takeIf('bool') !== undefined;
  const matching = readMatching(tokens);
  refuseFill(tokens, left);
  return { op, precedence, returnBool, matching, span: { start: token.start, end: tokens.lastEnd } };
}

function readMatching(tokens: TokenStream): VectorMatching {
  const clause = tokens.takeIf('on') ?? tokens.takeIf('ignoring');
  if (clause === undefined) {
    return { cardinality: 'oneToOne', on: false, labels: [], include: [] };
  }
  const on = clause.word === 'on';
  const labels = readGroupingLabels(tokens);
  const group = tokens.takeIf('group_left') ?? tokens.takeIf('group_right');
  if (group === undefined) {
    return { cardinality: 'oneToOne', on, labels, include: [] };
  }
  const include = tokens.is('(') ? readGroupingLabels(tokens) : [];
  return { cardinality: group.word === 'group_left' ? 'manyToOne' : 'oneToMany', on, labels, include };
}

function refuseFill(tokens: TokenStream, left: Span): void {
  const token = tokens.peek();
  if (token.kind === 'keyword' && token.word.startsWith('fill')) {
    throw tokens.error(left, 'binop fill modifiers are experimental and not enabled');
  }
}

const GROUPING = 'grouping opts';

/** The names in parentheses after `by`, `without`, `on`, `ignoring`, `group_left` or `group_right`; a comma may end the list. */
export function readGroupingLabels(tokens: TokenStream): string[] {
  tokens.expect('(', { context: GROUPING, expected: '"("' });
  const labels: string[] = [];
  while (tokens.takeIf(')') === undefined) {
    if (labels.length > 0 && tokens.takeIf(',') === undefined) {
      throw tokens.unexpected({ context: GROUPING, expected: '"," or ")"' });
    }
    if (labels.length === 0 || !tokens.is(')')) {
      labels.push(readLabel(tokens));
    }
  }
  return labels;
}

function readLabel(tokens: TokenStream): string {
  const token = tokens.peek();
  if (token.kind === 'string') {
    const name = readString(tokens);
    if (name === '' || !name.isWellFormed()) {
      throw tokens.error(token, `invalid label name for grouping: ${JSON.stringify(name)}`);
    }
    return name;
  }
  if (!isLabelWord(token)) {
    throw tokens.unexpected({ context: GROUPING, expected: 'label' });
  }
  return tokens.take().text;
}
