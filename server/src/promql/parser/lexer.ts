import { PromqlParseError } from '../errors.ts';
import { quoteGo } from '../format-value.ts';
import { scanNumberOrDuration } from './scan-number.ts';
import { scanString } from './scan-string.ts';
import { reservedKind, type Token, type TokenKind } from './token.ts';

const SPACE = /[ \t\n\r]*/y;
const WORD = /[A-Za-z_][A-Za-z0-9_]*/y;
const METRIC_WORD = /[A-Za-z_:][A-Za-z0-9_:]*/y;
const COMMENT = /#[^\r\n]*/y;
const OPERATOR = /==|!=|<=|<\/|>=|>\/|[*/%+\-^<>@]/y;
const BRACES_OPERATOR = /=~|!~|!=|=|,/y;
const DURATION_WORD = /[A-Za-z_]+/y;
const DURATION_WORDS = /^(step|range|max_of|min_of)$/i;

/**
 * Cuts PromQL text into tokens, one at a time, because what a character means depends on what is open. The rules and the
 * errors are those of Prometheus' lexer (promql/parser/lex.go, v3).
 */
export class Lexer {
  readonly #text: string;
  #at = 0;
  #parens = 0;
  #inBraces = false;
  #inBrackets = false;
  /** After `[`, until the first number: only there is a colon an error of its own. */
  #beforeDuration = false;
  #hasColon = false;
  #hasDuration = false;

  constructor(text: string) {
    this.#text = text;
  }

  /** The next token; `end` again and again after the last. @throws PromqlParseError */
  next(): Token {
    for (;;) {
      this.#skip(SPACE);
      if (this.#text[this.#at] !== '#') {
        break;
      }
      this.#skip(COMMENT);
    }
    if (this.#beforeDuration) {
      return this.#duration();
    }
    return this.#inBraces ? this.#braces() : this.#statement();
  }

  #statement(): Token {
    const character = this.#text[this.#at];
    if (character === undefined) {
      return this.#end();
    }
    if (this.#isNumber()) {
      return this.#number();
    }
    if (character === '"' || character === "'" || character === '`') {
      return this.#string();
    }
    if (/[A-Za-z_:]/.test(character)) {
      return this.#inBrackets ? this.#bracketWord(character) : this.#word();
    }
    const operator = this.#match(OPERATOR);
    return operator === undefined ? this.#punctuation(character) : this.#emit('operator', operator);
  }

  #end(): Token {
    if (this.#parens !== 0) {
      throw this.#error('unclosed left parenthesis');
    }
    if (this.#inBrackets) {
      throw this.#error('unclosed left bracket');
    }
    return { kind: 'end', word: '', text: '', start: this.#text.length, end: this.#text.length };
  }

  #punctuation(character: string): Token {
    switch (character) {
      case ',':
        return this.#emit('punctuation', character);
      case '(':
      case ')':
        return this.#paren(character);
      case '{':
        this.#inBraces = true;
        return this.#emit('punctuation', character);
      case '[':
      case ']':
        return this.#bracket(character);
      case '=':
      case '!':
        return this.#lonelySign(character);
    }
    throw this.#error(`unexpected character: ${this.#quoted(this.#at)}`);
  }

  #paren(character: '(' | ')'): Token {
    const token = this.#emit('punctuation', character);
    this.#parens += character === '(' ? 1 : -1;
    if (this.#parens < 0) {
      throw this.#error("unexpected right parenthesis ')'");
    }
    return token;
  }

  #bracket(character: '[' | ']'): Token {
    const opens = character === '[';
    if (opens === this.#inBrackets) {
      throw this.#error(`unexpected ${opens ? 'left' : 'right'} bracket '${character}'`);
    }
    this.#inBrackets = opens;
    this.#beforeDuration = opens;
    this.#hasColon = false;
    return this.#emit('punctuation', character);
  }

  #lonelySign(character: '=' | '!'): Token {
    const next = this.#text[this.#at + 1];
    if (character === '!' || next === '~') {
      throw this.#error(`unexpected character after '${character}': ${this.#quoted(this.#at + 1)}`);
    }
    return this.#emit('punctuation', character);
  }

  #braces(): Token {
    const character = this.#text[this.#at];
    if (character === undefined) {
      throw this.#error('unexpected end of input inside braces');
    }
    const word = this.#match(WORD);
    if (word !== undefined) {
      return this.#emit('identifier', word);
    }
    if (character === '"' || character === "'" || character === '`') {
      return this.#string();
    }
    const operator = this.#match(BRACES_OPERATOR);
    if (operator !== undefined) {
      return this.#emit('punctuation', operator);
    }
    if (character === '}') {
      this.#inBraces = false;
      return this.#emit('punctuation', character);
    }
    if (character === '{') {
      throw this.#error("unexpected left brace '{'");
    }
    if (character === '!') {
      throw this.#error(`unexpected character after '!' inside braces: ${this.#quoted(this.#at + 1)}`);
    }
    throw this.#error(`unexpected character inside braces: ${this.#quoted(this.#at)}`);
  }

  /** Right after `[`, up to the first number. */
  #duration(): Token {
    const character = this.#text[this.#at];
    if (character === undefined) {
      throw this.#error('unexpected end of input in duration expression');
    }
    if (this.#isNumber()) {
      this.#beforeDuration = false;
      this.#hasDuration = true;
      return this.#number();
    }
    if (character === '(' || character === ')') {
      return this.#paren(character);
    }
    if ('+-*/%^'.includes(character)) {
      return this.#emit('operator', character);
    }
    switch (character) {
      case ']':
        this.#beforeDuration = false;
        this.#inBrackets = false;
        return this.#emit('punctuation', character);
      case ',':
        return this.#emit('punctuation', character);
      case ':':
        return this.#colonBeforeDuration();
    }
    const word = this.#match(DURATION_WORD);
    if (word !== undefined && DURATION_WORDS.test(word)) {
      return this.#emit('preprocessor', word);
    }
    throw this.#error(`unexpected character in duration expression: ${this.#quoted(this.#at)}`);
  }

  #colonBeforeDuration(): Token {
    const token = this.#emit('punctuation', ':');
    if (!this.#hasDuration) {
      throw this.#error('unexpected colon before duration in duration expression');
    }
    if (this.#hasColon) {
      throw this.#error('unexpected repeated colon in duration expression');
    }
    this.#hasColon = true;
    return token;
  }

  #bracketWord(character: string): Token {
    if (character === ':') {
      if (this.#hasColon) {
        throw this.#error("unexpected colon ':'");
      }
      this.#hasColon = true;
      return this.#emit('punctuation', character);
    }
    const word = this.#match(DURATION_WORD);
    if (word !== undefined && DURATION_WORDS.test(word)) {
      return this.#emit('preprocessor', word);
    }
    throw this.#error(`unexpected character: ${this.#quoted(this.#at)}, expected ':'`);
  }

  #word(): Token {
    const word = this.#match(METRIC_WORD) ?? '';
    const kind = reservedKind(word);
    const isFillName = /^fill(_left|_right)?$/i.test(word) && !this.#isFollowedByParen(word.length);
    if (kind !== undefined && !isFillName) {
      return this.#emit(kind, word);
    }
    return this.#emit(word.includes(':') ? 'metricIdentifier' : 'identifier', word);
  }

  #isFollowedByParen(length: number): boolean {
    return /^[ \t\n\r]*\(/.test(this.#text.slice(this.#at + length));
  }

  #isNumber(): boolean {
    return /^(\d|\.\d)/.test(this.#text.slice(this.#at, this.#at + 2));
  }

  #number(): Token {
    const { kind, end } = scanNumberOrDuration(this.#text, this.#at);
    const text = this.#text.slice(this.#at, end);
    if (kind === 'bad') {
      throw this.#error(`bad number or duration syntax: ${quoteGo(text)}`);
    }
    return this.#emit(kind, text);
  }

  #string(): Token {
    const scanned = scanString(this.#text, this.#at);
    if ('error' in scanned) {
      throw this.#error(scanned.error);
    }
    return this.#emit('string', this.#text.slice(this.#at, scanned.end));
  }

  #emit(kind: TokenKind, text: string): Token {
    const start = this.#at;
    this.#at += text.length;
    const word = kind === 'string' || kind === 'identifier' || kind === 'metricIdentifier' ? text : text.toLowerCase();
    return { kind, word, text, start, end: this.#at };
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    return pattern.exec(this.#text)?.[0];
  }

  #skip(pattern: RegExp): void {
    this.#at += this.#match(pattern)?.length ?? 0;
  }

  #quoted(at: number): string {
    return quoteCharacter(this.#text.codePointAt(at));
  }

  #error(reason: string): PromqlParseError {
    return new PromqlParseError(this.#text, { start: this.#at, end: this.#text.length }, reason);
  }
}

/** A character as Go's `%q` prints a rune; the end of the text is what Prometheus prints for it. */
function quoteCharacter(code: number | undefined): string {
  if (code === undefined) {
    return "'\\ufffd'";
  }
  const character = String.fromCodePoint(code);
  if (character === "'") {
    return "'\\''";
  }
  return character === '"' ? `'"'` : `'${quoteGo(character).slice(1, -1)}'`;
}
