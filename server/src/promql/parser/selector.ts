import { InvalidMatcherError, Matcher, type MatchOperator } from '../../model/matcher.ts';
import type { VectorSelector } from '../ast.ts';
import { readString } from './read-literal.ts';
import type { Token } from './token.ts';
import type { TokenStream } from './token-stream.ts';

const MATCHING = 'label matching';

/** Reads `{…}` after a metric name that was taken already, if any. */
export function readSelector(tokens: TokenStream, name: Token | undefined): VectorSelector {
  const start = name?.start ?? tokens.peek().start;
  const matchers = name === undefined || tokens.is('{') ? readMatchers(tokens) : [];
  if (name !== undefined) {
    matchers.push(new Matcher('__name__', '=', name.text));
  }
  const end = matchers.length === 1 && name !== undefined ? Math.max(name.end, tokens.lastEnd) : tokens.lastEnd;
  return { kind: 'vectorSelector', name: name?.text ?? '', matchers, offsetMs: 0, at: null, span: { start, end } };
}

function readMatchers(tokens: TokenStream): Matcher[] {
  tokens.expect('{');
  const matchers: Matcher[] = [];
  while (tokens.takeIf('}') === undefined) {
    if (matchers.length > 0 && tokens.takeIf(',') === undefined) {
      throw tokens.unexpected({ context: MATCHING, expected: '"," or "}"' });
    }
    if (matchers.length === 0 || !tokens.is('}')) {
      matchers.push(readMatcher(tokens));
    }
  }
  return matchers;
}

function readMatcher(tokens: TokenStream): Matcher {
  const label = tokens.peek();
  if (label.kind !== 'identifier' && label.kind !== 'string') {
    throw tokens.unexpected({ context: MATCHING, expected: 'identifier or "}"' });
  }
  const name = label.kind === 'string' ? readString(tokens) : tokens.take().text;
  const operator = matchOperator(tokens.peek());
  if (operator === undefined) {
    if (label.kind === 'string') {
      return new Matcher('__name__', '=', name);
    }
    throw tokens.unexpected({ context: MATCHING, expected: 'label matching operator' });
  }
  tokens.take();
  const value = tokens.peek();
  if (value.kind !== 'string') {
    throw tokens.unexpected({ context: MATCHING, expected: 'string' });
  }
  try {
    return new Matcher(name, operator, readString(tokens));
  } catch (error) {
    if (error instanceof InvalidMatcherError) {
      throw tokens.error({ start: label.start, end: value.end }, regexpReason(error));
    }
    throw error;
  }
}

function matchOperator({ kind, word }: Token): MatchOperator | undefined {
  if (kind !== 'punctuation') {
    return undefined;
  }
  switch (word) {
    case '=':
    case '!=':
    case '=~':
    case '!~':
      return word;
    default:
      return undefined;
  }
}

/** The reason without the flag that the matcher puts before the pattern. */
function regexpReason({ message }: InvalidMatcherError): string {
  return message.replace(/^invalid regular expression .*?: (?=error parsing regexp)/s, '').replace('`(?s)', '`');
}
