import { Labels } from '../../model/labels.ts';
import type { Expr, Span, VectorSelector } from '../../promql/ast.ts';
import type { EvaluationContext, Grid, RangeValue, Value, VectorValue } from '../../promql/evaluate/values.ts';
import { bare, type Note, type PlanNode, PlanUnfitError, ScalarNode, spansOf, VectorNode } from './plan-node.ts';

const MAX_TEXT_BYTES = 64 * 2 ** 20;

/** Lets the engine's own functions and operators compute over the results of plan nodes, at one time. */
export class PlanContext implements EvaluationContext {
  readonly #expr: Expr;
  readonly #notes: Note[];
  readonly #operands: ReadonlyMap<Expr, PlanNode>;
  readonly #vectorOf: (node: VectorNode) => VectorValue;
  #timeMs = 0;
  #textBytes = 0;
  #spans: readonly Span[] | undefined;

  /** `operands` are the nodes of the expression's direct operands, by the operand without its parentheses. */
  constructor(options: {
    readonly expr: Expr;
    readonly notes: Note[];
    readonly operands: ReadonlyMap<Expr, PlanNode>;
    readonly vectorOf: (node: VectorNode) => VectorValue;
  }) {
    this.#expr = options.expr;
    this.#notes = options.notes;
    this.#operands = options.operands;
    this.#vectorOf = options.vectorOf;
  }

  /** Sets the time of what follows. */
  at(timeMs: number): this {
    this.#timeMs = timeMs;
    this.#textBytes = 0;
    return this;
  }

  get grid(): Grid {
    return { startMs: this.#timeMs, stepMs: 1, steps: 1 };
  }

  get query(): EvaluationContext['query'] {
    return { startMs: this.#timeMs, endMs: this.#timeMs, stepMs: 0 };
  }

  evaluate(expr: Expr): Value {
    const inner = bare(expr);
    const node = this.#operands.get(inner);
    if (node instanceof VectorNode) {
      return this.#vectorOf(node);
    }
    if (node instanceof ScalarNode) {
      return { kind: 'scalar', values: Float64Array.of(node.value) };
    }
    if (inner.kind === 'string') {
      return { kind: 'string', value: inner.value };
    }
    throw new TypeError(`no operand ${inner.kind}`);
  }

  vector(expr: Expr): VectorValue {
    const value = this.evaluate(expr);
    if (value.kind !== 'vector') {
      throw new TypeError(`expected an instant vector, got a ${value.kind}`);
    }
    return value;
  }

  scalar(expr: Expr): Float64Array {
    const value = this.evaluate(expr);
    if (value.kind !== 'scalar') {
      throw new TypeError(`expected a scalar, got a ${value.kind}`);
    }
    return value.values;
  }

  range(_expr: Expr): RangeValue {
    throw new TypeError('range vectors are read by range nodes');
  }

  sampleTimes(_selector: VectorSelector): VectorValue {
    throw new TypeError('sample times are read by instant nodes');
  }

  annotate(level: 'warning' | 'info', text: string, span: Span): void {
    this.#spans ??= spansOf(this.#expr);
    const site = this.#spans.findIndex(({ start, end }) => start === span.start && end === span.end);
    this.#notes.push({ level, text, site: Math.max(site, 0) });
  }

  allocate(rows: number): Float64Array {
    return new Float64Array(rows);
  }

  count(_rows: number): void {}

  /** What makes more text at one time is the engine's, which has a limit for it. */
  countText(bytes: number): void {
    this.#textBytes += bytes;
    if (this.#textBytes > MAX_TEXT_BYTES) {
      throw new PlanUnfitError(`label sets of more than ${MAX_TEXT_BYTES} bytes are not kept`);
    }
  }

  checkpoint(): void {}
}

/** The present rows of a node, as the engine's operators take them. */
export function presentRows(node: VectorNode, absent: number): VectorValue {
  const labels: Labels[] = [];
  const dropName: boolean[] = [];
  const points: number[] = [];
  for (let row = 0; row < node.rows; row += 1) {
    const value = node.values[row] ?? absent;
    if (value !== absent) {
      labels.push(node.labelsAt(row));
      dropName.push(node.dropsName(row));
      points.push(value);
    }
  }
  return { kind: 'vector', labels, dropName, data: Float64Array.from(points) };
}

/** All rows of a node without their labels, for operators that look at values only. */
export class BareRows {
  #labels: Labels[] = [];
  #dropName: boolean[] = [];

  of(node: VectorNode): VectorValue {
    if (this.#labels.length !== node.rows) {
      this.#labels = new Array<Labels>(node.rows).fill(Labels.EMPTY);
      this.#dropName = new Array<boolean>(node.rows).fill(false);
    }
    return { kind: 'vector', labels: this.#labels, dropName: this.#dropName, data: node.values.subarray(0, node.rows) };
  }
}
