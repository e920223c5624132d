import { type Binary, type Expr, leftChain } from './ast.ts';
import { formatAggregation, formatOperator, formatSubqueryWindow, formatWith } from './format.ts';

/** What is longer stands on lines of its own. Counted in UTF-8 bytes, without the indentation. */
const MAX_LINE_BYTES = 100;
const INDENT = '  ';
/** Each operation of a chain is indented below the next, so a long chain has mostly blanks. */
const MAX_TEXT_LENGTH = 4 << 20;

/**
 * The expression as PromQL text, broken into lines as Prometheus 3 does it: what is too long for a line is taken apart at its
 * outermost operation, and so on inward. On one line when it would have millions of blanks otherwise.
 */
export function prettify(expr: Expr): string {
  return new Printer().print(expr) ?? new Printer().oneLine(expr);
}

class Printer {
  /** Joined strings that share their parts, so that all of them together are no larger than the last. */
  readonly #texts = new Map<Expr, string>();
  readonly #parts: string[] = [];
  #length = 0;

  print(expr: Expr): string | undefined {
    return this.#add(expr, 0) ? this.#parts.join('') : undefined;
  }

  oneLine(expr: Expr): string {
    const known = this.#texts.get(expr);
    if (known !== undefined) {
      return known;
    }
    const text = formatWith(expr, (inner) => this.oneLine(inner));
    this.#texts.set(expr, text);
    return text;
  }

  /** False when the text has become too long. */
  #add(expr: Expr, level: number): boolean {
    if (expr.kind === 'binary') {
      return this.#chain(expr, level);
    }
    if (!isTooLong(this.oneLine(expr))) {
      // Prometheus leaves out the indentation of subqueries.
      return this.#put(expr.kind === 'subquery' ? '' : INDENT.repeat(level), this.oneLine(expr));
    }
    const indent = INDENT.repeat(level);
    switch (expr.kind) {
      case 'aggregate': {
        const inner = expr.param === null ? [expr.expr] : [expr.param, expr.expr];
        return this.#bracketed(formatAggregation(expr), inner, level);
      }
      case 'call':
        return this.#bracketed(expr.name, expr.args, level);
      case 'paren':
        return this.#bracketed('', [expr.expr], level);
      case 'subquery':
        return this.#add(expr.expr, level) && this.#put(formatSubqueryWindow(expr));
      case 'unary':
        return this.#put(indent, expr.op) && this.#trimmed(expr.expr, level);
      default:
        return this.#put(indent, this.oneLine(expr));
    }
  }

  #bracketed(head: string, inner: readonly Expr[], level: number): boolean {
    const indent = INDENT.repeat(level);
    const isAdded = inner.every(
      (each, index) => this.#put(index === 0 ? `${indent}${head}(\n` : ',\n') && this.#add(each, level + 1),
    );
    return isAdded && this.#put(`\n${indent})`);
  }

  /** What follows a sign stands on the sign's line. */
  #trimmed(expr: Expr, level: number): boolean {
    const from = this.#parts.length;
    const isAdded = this.#add(expr, level);
    const rest = this.#parts.splice(from).join('').trim();
    this.#parts.push(rest);
    return isAdded;
  }

  #chain(expr: Binary, level: number): boolean {
    const chain = leftChain(expr);
    let text = this.oneLine(chain[0].left);
    let fitting = 0;
    for (const [index, link] of chain.entries()) {
      const longer = `${text} ${formatOperator(link)} ${this.oneLine(link.right)}`;
      if (isTooLong(longer)) {
        break;
      }
      text = longer;
      fitting = index + 1;
    }
    const split = chain.slice(fitting);
    const innermost = level + split.length;
    const isBegun = fitting > 0 ? this.#put(INDENT.repeat(innermost), text) : this.#add(chain[0].left, innermost);
    return (
      isBegun &&
      split.every((link, index) => {
        const at = innermost - index - 1;
        return this.#put('\n', INDENT.repeat(at), formatOperator(link), '\n') && this.#add(link.right, at + 1);
      })
    );
  }

  #put(...texts: readonly string[]): boolean {
    for (const text of texts) {
      this.#length += text.length;
    }
    if (this.#length > MAX_TEXT_LENGTH) {
      return false;
    }
    this.#parts.push(...texts);
    return true;
  }
}

function isTooLong(text: string): boolean {
  return text.length > MAX_LINE_BYTES || Buffer.byteLength(text) > MAX_LINE_BYTES;
}
