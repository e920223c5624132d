/** Raised for text that is not a matcher. The message says where and what was expected, in Alertmanager's words. */
export class MatcherSyntaxError extends Error {
  override readonly name = 'MatcherSyntaxError';
}

export type TokenKind = 'open' | 'close' | 'comma' | 'operator' | 'quoted' | 'unquoted';

/** `start` and `end` count characters (code points) from 0; `end` is exclusive. */
export interface Token {
  readonly kind: TokenKind;
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

const PUNCTUATION: ReadonlyMap<string, TokenKind> = new Map([
  ['{', 'open'],
  ['}', 'close'],
  [',', 'comma'],
]);

/** Splits Alertmanager's UTF-8 matcher syntax into tokens, one at a time, with one token of look-ahead. */
export class MatcherLexer {
  readonly #characters: readonly string[];
  #position = 0;
  #lastEnd = 0;
  #peeked: Token | undefined;

  constructor(input: string) {
    this.#characters = Array.from(input);
  }

  /** Where the newest token read or peeked ends. */
  get columnEnd(): number {
    return this.#lastEnd;
  }

  /** The next token, or `undefined` at the end of the input. @throws MatcherSyntaxError for a character that starts no token. */
  peek(): Token | undefined {
    this.#peeked ??= this.#read();
    return this.#peeked;
  }

  next(): Token | undefined {
    const token = this.peek();
    this.#peeked = undefined;
    return token;
  }

  #read(): Token | undefined {
    while (isSpace(this.#at(0))) {
      this.#position += 1;
    }
    const first = this.#at(0);
    if (first === '') {
      this.#lastEnd = this.#characters.length;
      return undefined;
    }
    const punctuation = PUNCTUATION.get(first);
    if (punctuation !== undefined) {
      return this.#take(punctuation, 1);
    }
    if (first === '=' || first === '!') {
      return this.#readOperator(first);
    }
    return first === '"' ? this.#readQuoted() : this.#readUnquoted();
  }

  #readOperator(first: string): Token {
    const second = this.#at(1);
    if (second === '~' || (first === '!' && second === '=')) {
      return this.#take('operator', 2);
    }
    if (first === '!') {
      throw new MatcherSyntaxError(`${this.#position}:${this.#position + 1}: !: expected one of '=~'`);
    }
    return this.#take('operator', 1);
  }

  #readQuoted(): Token {
    let length = 1;
    while (this.#at(length) !== '"') {
      if (this.#at(length) === '') {
        const text = this.#characters.slice(this.#position).join('');
        throw new MatcherSyntaxError(`${this.#position}:${this.#characters.length}: ${text}: missing end "`);
      }
      length += this.#at(length) === '\\' ? 2 : 1;
    }
    return this.#take('quoted', length + 1);
  }

  #readUnquoted(): Token {
    let length = 0;
    while (this.#at(length) !== '' && !isReserved(this.#at(length))) {
      length += 1;
    }
    if (length === 0) {
      throw new MatcherSyntaxError(`${this.#position}:${this.#position + 1}: ${this.#at(0)}: invalid input`);
    }
    return this.#take('unquoted', length);
  }

  #take(kind: TokenKind, length: number): Token {
    const start = this.#position;
    this.#position += length;
    this.#lastEnd = this.#position;
    return { kind, text: this.#characters.slice(start, this.#position).join(''), start, end: this.#position };
  }

  #at(offset: number): string {
    return this.#characters[this.#position + offset] ?? '';
  }
}

function isSpace(character: string): boolean {
  return character !== '' && /^[\s\u0085]$/u.test(character);
}

function isReserved(character: string): boolean {
  return isSpace(character) || '{}!=~,\\"\'`'.includes(character);
}
