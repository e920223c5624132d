import type { NumberLiteral } from '../ast.ts';
import { quoteGo } from '../format-value.ts';
import { parseDuration, parseNumber, unquote } from './literals.ts';
import type { TokenStream } from './token-stream.ts';

/** Takes a number, or a duration, which counts in seconds. @throws PromqlParseError */
export function readNumber(tokens: TokenStream): NumberLiteral {
  const token = tokens.take();
  const span = { start: token.start, end: token.end };
  if (token.kind === 'duration') {
    const ms = parseDuration(token.text);
    if (ms === undefined) {
      throw tokens.error(token, `not a valid duration string: ${quoteGo(token.text)}`);
    }
    if (ms >= 2 ** 63 / 1e6) {
      throw tokens.error(token, 'duration out of range');
    }
    return { kind: 'number', value: ms / 1000, isDuration: true, span };
  }
  const value = parseNumber(token.text);
  if (value === undefined) {
    throw tokens.error(token, `error parsing number: strconv.ParseFloat: parsing ${quoteGo(token.text)}: invalid syntax`);
  }
  if (!Number.isFinite(value) && /\d/.test(token.text)) {
    throw tokens.error(token, `error parsing number: strconv.ParseFloat: parsing ${quoteGo(token.text)}: value out of range`);
  }
  return { kind: 'number', value, span };
}

/** Takes a string and gives what it means. @throws PromqlParseError */
export function readString(tokens: TokenStream): string {
  const token = tokens.take();
  const value = unquote(token.text);
  if (value === undefined) {
    throw tokens.error(token, `error unquoting string ${quoteGo(token.text)}: invalid syntax`);
  }
  return value;
}
