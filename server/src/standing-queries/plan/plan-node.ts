import type { Labels } from '../../model/labels.ts';
import { childrenOf, type Expr, type Span } from '../../promql/ast.ts';

/** One evaluation of all plans at one time over one state of the store. */
export interface Tick {
  readonly timeMs: number;
  /** Differs whenever time or stored samples differ: a node computes once for each. */
  readonly pass: number;
}

/** An annotation, placed by a position in the expression's tree, because equal expressions stand at different places of texts. */
export interface Note {
  readonly level: 'warning' | 'info';
  readonly text: string;
  /** Index into `spansOf` of the node's expression. */
  readonly site: number;
}

/** The expression cannot be kept as a plan over this data; the engine has to evaluate it. */
export class PlanUnfitError extends Error {
  override readonly name = 'PlanUnfitError';
}

/** A part of an expression that is evaluated again and again. What it found last is kept in the node itself. */
export abstract class PlanNode {
  /** What the last evaluation had to say. */
  readonly notes: Note[] = [];
  #pass = -1;

  /** Brings the node to a tick, once for each pass. @throws EvaluationError as the engine does */
  advance(tick: Tick): void {
    if (this.#pass !== tick.pass) {
      this.#pass = -1;
      this.notes.length = 0;
      this.compute(tick);
      this.#pass = tick.pass;
    }
  }

  protected abstract compute(tick: Tick): void;
}

/** A node whose result is one number. */
export abstract class ScalarNode extends PlanNode {
  value = Number.NaN;
}

/**
 * A node whose result is an instant vector. While `epoch` stays, rows keep their numbers and labels and are only added at the
 * end, so that parents keep what they made of them. A row may have no point (`ABSENT`); present rows never share labels.
 */
export abstract class VectorNode extends PlanNode {
  epoch = 0;
  rows = 0;
  /** At least `rows` long; what lies behind has no meaning. Good until the next tick. */
  values: Float64Array = new Float64Array(16);

  abstract labelsAt(row: number): Labels;

  /** Whether the row's metric name goes away at the end of the evaluation. */
  abstract dropsName(row: number): boolean;

  /** Makes room for the rows. What was there is lost. */
  protected resize(rows: number): void {
    if (rows > this.values.length) {
      this.values = new Float64Array(Math.ceil(rows * 1.25));
    }
    this.rows = rows;
  }
}

/** The spans of an expression and everything in it, the same order for equal expressions. */
export function spansOf(expr: Expr): readonly Span[] {
  return [expr.span, ...childrenOf(expr).flatMap(spansOf)];
}

/** The expression inside parentheses and plus signs, which change nothing. */
export function bare(expr: Expr): Expr {
  const isWrapped = expr.kind === 'paren' || (expr.kind === 'unary' && expr.op === '+');
  return isWrapped ? bare(expr.expr) : expr;
}
