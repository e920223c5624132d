import type { Span } from './ast.ts';

/** The text is not a valid PromQL expression. `message` reads `line:column: parse error: reason`, as Prometheus writes it. */
export class PromqlParseError extends Error {
  override readonly name = 'PromqlParseError';
  /** Offset into the text, in UTF-16 code units. */
  readonly position: number;
  /** Both count from 1. */
  readonly line: number;
  readonly column: number;
  readonly reason: string;

  constructor(text: string, span: Span, reason: string) {
    const { line, column } = lineAndColumn(text, span.start);
    super(`${line}:${column}: parse error: ${reason}`);
    this.position = span.start;
    this.line = line;
    this.column = column;
    this.reason = reason;
  }
}

/** A valid expression that cannot be evaluated over this data, e.g. many-to-many matching. The text is Prometheus'. */
export class EvaluationError extends Error {
  override readonly name = 'EvaluationError';
}

/** A query asked for more than it may have. `limit` names the setting. */
export class QueryLimitError extends Error {
  override readonly name = 'QueryLimitError';
  readonly limit: 'samples' | 'series' | 'steps' | 'time' | 'bytes';

  constructor(limit: QueryLimitError['limit'], message: string) {
    super(message);
    this.limit = limit;
  }
}

/** The error for an answer, or label sets on the way to it, above `maxAnswerBytes`. */
export function answerTooLarge(maxAnswerBytes: number): QueryLimitError {
  const limit = `${maxAnswerBytes} bytes (queries.max_answer)`;
  const remedy = 'ask with a larger step, over a shorter time, or aggregate, for example with sum by (…)';
  return new QueryLimitError('bytes', `the answer would be larger than ${limit}: ${remedy}`);
}

/** The caller's signal was aborted before the answer was ready. */
export class QueryCanceledError extends Error {
  override readonly name = 'QueryCanceledError';
}

/** Line and column, both from 1; columns count UTF-8 bytes, as Prometheus' do. */
export function lineAndColumn(text: string, position: number): { line: number; column: number } {
  const before = text.slice(0, position);
  const lastLine = before.slice(before.lastIndexOf('\n') + 1);
  return { line: before.split('\n').length, column: new TextEncoder().encode(lastLine).length + 1 };
}
