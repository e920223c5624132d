import { AlertMatcher, type Matcher, type MatchOperator } from '../../model/matcher.ts';
import { unquoteGoString } from './go-string.ts';
import { MatcherLexer, MatcherSyntaxError, type Token, type TokenKind } from './matcher-lexer.ts';

/**
 * Parses Alertmanager's UTF-8 matcher syntax (0.27+): `foo=bar`, `{"fö"=~"b.*",a!=b,}`. Braces both or none, one trailing
 * comma allowed, nothing at all is an empty list.
 * @throws MatcherSyntaxError naming columns; InvalidMatcherError for a bad regular expression.
 */
export function parseUtf8Matchers(input: string): readonly Matcher[] {
  const lexer = new MatcherLexer(input);
  if (lexer.peek() === undefined) {
    return [];
  }
  const hasOpenBrace = lexer.peek()?.kind === 'open';
  if (hasOpenBrace) {
    lexer.next();
  }
  const matchers = parseList(lexer);
  parseCloseBrace(lexer, hasOpenBrace);
  const rest = lexer.next();
  if (rest !== undefined) {
    throw new MatcherSyntaxError(`${rest.start}:${rest.end}: ${rest.text}: expected end of input`);
  }
  return matchers;
}

function parseList(lexer: MatcherLexer): readonly Matcher[] {
  const matchers: Matcher[] = [];
  while (!atEnd(lexer)) {
    matchers.push(parseOne(lexer));
    const separator = expecting('expected a comma or close brace', () => lexer.peek());
    if (separator === undefined || separator.kind === 'close') {
      return matchers;
    }
    if (separator.kind !== 'comma') {
      throw unexpected(separator, 'expected a comma or close brace');
    }
    lexer.next();
  }
  return matchers;
}

function atEnd(lexer: MatcherLexer): boolean {
  const token = lexer.peek();
  return token === undefined || token.kind === 'close';
}

function parseOne(lexer: MatcherLexer): Matcher {
  const name = textOf(take(lexer, ['quoted', 'unquoted'], 'expected label name'));
  const operator = take(lexer, ['operator'], "expected an operator such as '=', '!=', '=~' or '!~'").text;
  const value = textOf(take(lexer, ['quoted', 'unquoted'], 'expected label value'));
  // The lexer makes operator tokens of exactly these four texts.
  return new AlertMatcher(name, operator as MatchOperator, value);
}

function take(lexer: MatcherLexer, kinds: readonly TokenKind[], expected: string): Token {
  const token = expecting(expected, () => lexer.next());
  if (token === undefined) {
    throw new MatcherSyntaxError(`0:${lexer.columnEnd}: end of input: ${expected}`);
  }
  if (!kinds.includes(token.kind)) {
    throw unexpected(token, expected);
  }
  return token;
}

function expecting(expected: string, read: () => Token | undefined): Token | undefined {
  try {
    return read();
  } catch (cause) {
    throw cause instanceof MatcherSyntaxError ? new MatcherSyntaxError(`${cause.message}: ${expected}`, { cause }) : cause;
  }
}

function unexpected(token: Token, expected: string): MatcherSyntaxError {
  return new MatcherSyntaxError(`${token.start}:${token.end}: unexpected ${token.text}: ${expected}`);
}

function textOf(token: Token): string {
  const text = token.kind === 'quoted' ? unquoteGoString(token.text) : token.text;
  if (text === undefined) {
    throw new MatcherSyntaxError(`${token.start}:${token.end}: ${token.text}: invalid input`);
  }
  return text;
}

function parseCloseBrace(lexer: MatcherLexer, hasOpenBrace: boolean): void {
  const isClosed = lexer.peek()?.kind === 'close';
  if (isClosed && !hasOpenBrace) {
    throw new MatcherSyntaxError(`0:${lexer.columnEnd}: }: expected opening brace`);
  }
  if (!isClosed && hasOpenBrace) {
    throw new MatcherSyntaxError(`0:${lexer.columnEnd}: end of input: expected close brace`);
  }
  if (isClosed) {
    lexer.next();
  }
}
