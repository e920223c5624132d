import type { Span } from '../ast.ts';
import { quoteGo } from '../format-value.ts';

export type TokenKind =
  | 'end'
  | 'identifier'
  | 'metricIdentifier'
  | 'string'
  | 'number'
  | 'duration'
  | 'aggregator'
  | 'keyword'
  | 'preprocessor'
  | 'operator'
  | 'punctuation';

/** A piece of PromQL text. */
export interface Token extends Span {
  readonly kind: TokenKind;
  /** What it is: a keyword in lower case, an operator, or the text as written. */
  readonly word: string;
  readonly text: string;
}

const WORDS: Readonly<Record<string, string>> = {
  aggregator: 'sum avg count min max group stddev stdvar topk bottomk count_values quantile limitk limit_ratio',
  keyword: 'offset smoothed anchored by without on ignoring group_left group_right fill fill_left fill_right bool',
  preprocessor: 'start end step range max_of min_of',
  operator: 'and or unless atan2',
  number: 'inf nan',
};

const KINDS: ReadonlyMap<string, TokenKind> = new Map(
  (['aggregator', 'keyword', 'preprocessor', 'operator', 'number'] as const).flatMap((kind) =>
    (WORDS[kind] ?? '').split(' ').map((word) => [word, kind] as const),
  ),
);

/** The kind of a word that has a meaning of its own, in any case, or `undefined`. */
export function reservedKind(word: string): TokenKind | undefined {
  return KINDS.get(word.toLowerCase());
}

const NOT_METRIC_NAMES: ReadonlySet<string> = new Set(['bool', 'on', 'ignoring', 'group_left', 'group_right', 'atan2']);
const NOT_LABEL_NAMES: ReadonlySet<string> = new Set(['without']);

/** Whether a word may stand for a metric where an operand is expected; most keywords may. */
export function isMetricName(token: Token): boolean {
  return isWordBut(token, NOT_METRIC_NAMES);
}

/** Whether a word may name a label in `by (…)`, `on (…)` and the like. */
export function isLabelWord(token: Token): boolean {
  return isWordBut(token, NOT_LABEL_NAMES);
}

function isWordBut({ kind, word }: Token, excluded: ReadonlySet<string>): boolean {
  switch (kind) {
    case 'identifier':
    case 'metricIdentifier':
    case 'aggregator':
    case 'preprocessor':
      return true;
    case 'keyword':
    case 'operator':
      return /^[a-z]/.test(word) && !excluded.has(word);
    default:
      return false;
  }
}

const SHOWN = 10;

/** The token as Prometheus names it in its errors. */
export function describeToken({ kind, text }: Token): string {
  switch (kind) {
    case 'end':
      return 'end of input';
    case 'keyword':
      return `<${text}>`;
    case 'operator':
      return `<op:${text}>`;
    case 'aggregator':
      return `<aggr:${text}>`;
    case 'identifier':
      return `identifier ${quoteGo(text)}`;
    case 'metricIdentifier':
      return `metric identifier ${quoteGo(text)}`;
    case 'preprocessor':
    case 'punctuation':
      return shortened(text);
    default:
      return `${kind} ${shortened(text)}`;
  }
}

function shortened(text: string): string {
  const characters = [...text];
  return characters.length > SHOWN ? `${quoteGo(characters.slice(0, SHOWN).join(''))}...` : quoteGo(text);
}
