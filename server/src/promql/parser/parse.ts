import type { Expr } from '../ast.ts';
import { PromqlParseError } from '../errors.ts';
import { ExpressionParser } from './expression-parser.ts';
import { checkTypes } from './type-check.ts';

const MAX_TEXT_LENGTH = 100_000;

/**
 * Parses and type-checks an expression as Prometheus 3 does, experimental functions included, experimental syntax not.
 * @throws PromqlParseError with the position of what is wrong; never anything else, whatever the text.
 */
export function parse(text: string): Expr {
  if (text.length > MAX_TEXT_LENGTH) {
    throw new PromqlParseError(text, { start: 0, end: 0 }, `expression is longer than ${MAX_TEXT_LENGTH} characters`);
  }
  try {
    const expr = new ExpressionParser(text).parse();
    checkTypes(text, expr);
    return expr;
  } catch (error) {
    if (error instanceof RangeError) {
      throw new PromqlParseError(text, { start: 0, end: 0 }, 'expression is nested too deeply');
    }
    throw error;
  }
}
