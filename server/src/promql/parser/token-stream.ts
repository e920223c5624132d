import type { Span } from '../ast.ts';
import { PromqlParseError } from '../errors.ts';
import { Lexer } from './lexer.ts';
import { describeToken, type Token } from './token.ts';

/** Where an unexpected token is reported: what was being read and what could have come. */
export interface ErrorContext {
  readonly context: string;
  readonly expected?: string;
}

/** Tokens with one token of lookahead, read only when asked for, and Prometheus' words for what is unexpected. */
export class TokenStream {
  readonly #text: string;
  readonly #lexer: Lexer;
  /** The innermost construct in which Prometheus' parser would notice an error. */
  readonly #contexts: ErrorContext[] = [];
  #ahead: Token | undefined;
  #lastEnd = 0;

  constructor(text: string) {
    this.#text = text;
    this.#lexer = new Lexer(text);
  }

  get text(): string {
    return this.#text;
  }

  /** Where the last token that was taken ends. */
  get lastEnd(): number {
    return this.#lastEnd;
  }

  peek(): Token {
    this.#ahead ??= this.#lexer.next();
    return this.#ahead;
  }

  take(): Token {
    const token = this.peek();
    this.#ahead = undefined;
    this.#lastEnd = token.end;
    return token;
  }

  /** Whether the next token is this operator, punctuation mark or keyword (never a string or an identifier of that text). */
  is(word: string): boolean {
    const token = this.peek();
    return token.word === word && token.kind !== 'string' && token.kind !== 'identifier' && token.kind !== 'metricIdentifier';
  }

  takeIf(word: string): Token | undefined {
    return this.is(word) ? this.take() : undefined;
  }

  /** Takes a token that has to be there. @throws PromqlParseError */
  expect(word: string, context?: ErrorContext): Token {
    if (!this.is(word)) {
      throw this.unexpected(context);
    }
    return this.take();
  }

  /** Reads something whose errors Prometheus reports in a wider context. */
  within<T>(context: ErrorContext, read: () => T): T {
    this.#contexts.push(context);
    const result = read();
    this.#contexts.pop();
    return result;
  }

  /** The error for the next token. Without a context of its own it is reported in the innermost one. */
  unexpected(context: ErrorContext | undefined = this.#contexts.at(-1)): PromqlParseError {
    const token = this.peek();
    const place = context === undefined ? '' : ` in ${context.context}`;
    const expected = context?.expected === undefined ? '' : `, expected ${context.expected}`;
    return this.error(token, `unexpected ${describeToken(token)}${place}${expected}`);
  }

  error(span: Span, reason: string): PromqlParseError {
    return new PromqlParseError(this.#text, span, reason);
  }
}
