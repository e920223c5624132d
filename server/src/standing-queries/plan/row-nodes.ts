import type { Labels } from '../../model/labels.ts';
import { ABSENT } from '../../model/sample.ts';
import { type Binary, isComparison } from '../../promql/ast.ts';
import { type Operation, operationOf } from '../../promql/evaluate/operators.ts';
import { advanceAll, type EngineOperator } from './operator-node.ts';
import { BareRows, PlanContext } from './plan-context.ts';
import { type ScalarNode, type Tick, VectorNode } from './plan-node.ts';

/** A node that has its operand's rows. */
abstract class RowsOfOperand extends VectorNode {
  protected readonly operand: VectorNode;

  constructor(operand: VectorNode) {
    super();
    this.operand = operand;
  }

  override labelsAt(row: number): Labels {
    return this.operand.labelsAt(row);
  }

  override dropsName(_row: number): boolean {
    return true;
  }

  protected followRows(): void {
    this.epoch = this.operand.epoch;
    this.resize(this.operand.rows);
  }
}

/** A function of each value by itself, as the engine computes it: `abs`, `round`, `clamp`, `hour`, … */
export class PerValueNode extends RowsOfOperand {
  readonly #operator: EngineOperator;
  readonly #context: PlanContext;

  constructor(operand: VectorNode, operator: EngineOperator) {
    super(operand);
    const bare = new BareRows();
    this.#operator = operator;
    this.#context = new PlanContext({ ...operator, notes: this.notes, vectorOf: (node) => bare.of(node) });
  }

  protected override compute(tick: Tick): void {
    advanceAll(this.#operator.operands, tick);
    const value = this.#operator.apply(this.#context.at(tick.timeMs));
    this.epoch = this.operand.epoch;
    this.rows = this.operand.rows;
    this.values = value.kind === 'vector' ? value.data : this.values;
  }
}

/** Unary minus. */
export class NegationNode extends RowsOfOperand {
  protected override compute(tick: Tick): void {
    this.operand.advance(tick);
    this.followRows();
    const { values, rows } = this;
    for (let row = 0; row < rows; row += 1) {
      const value = this.operand.values[row] ?? ABSENT;
      values[row] = value === ABSENT ? ABSENT : -value;
    }
  }
}

/** Arithmetic or a comparison between a vector and a scalar. */
export class VectorScalarNode extends RowsOfOperand {
  readonly #scalar: ScalarNode;
  readonly #scalarIsLeft: boolean;
  readonly #operation: Operation;
  readonly #filters: boolean;
  readonly #op: Binary['op'];

  constructor(
    expr: Binary,
    operands: { readonly vector: VectorNode; readonly scalar: ScalarNode; readonly scalarIsLeft: boolean },
  ) {
    super(operands.vector);
    this.#scalar = operands.scalar;
    this.#scalarIsLeft = operands.scalarIsLeft;
    this.#op = expr.op;
    this.#operation = operationOf(expr.op);
    this.#filters = isComparison(expr.op) && !expr.returnBool;
  }

  override dropsName(row: number): boolean {
    return this.#filters ? this.operand.dropsName(row) : true;
  }

  protected override compute(tick: Tick): void {
    this.operand.advance(tick);
    this.#scalar.advance(tick);
    this.followRows();
    const { value } = this.#scalar;
    if (!this.#filters) {
      this.#calculate(value);
    } else if (!this.#filterFast(this.operand.values, value)) {
      this.#filter(value);
    }
  }

  #calculate(other: number): void {
    const operation = this.#operation;
    const { values, rows } = this;
    const source = this.operand.values;
    for (let row = 0; row < rows; row += 1) {
      const value = source[row] ?? ABSENT;
      if (value === ABSENT) {
        values[row] = ABSENT;
      } else {
        values[row] = this.#scalarIsLeft ? operation(other, value) : operation(value, other);
      }
    }
  }

  #filter(other: number): void {
    const operation = this.#operation;
    const { values, rows } = this;
    const source = this.operand.values;
    for (let row = 0; row < rows; row += 1) {
      const value = source[row] ?? ABSENT;
      const holds = this.#scalarIsLeft ? operation(other, value) : operation(value, other);
      values[row] = holds === 1 ? value : ABSENT;
    }
  }

  /** The usual thresholds, without a call a row. What is absent fails or stays absent by itself. */
  #filterFast(source: Float64Array, other: number): boolean {
    const { values, rows } = this;
    const isOver = this.#op === (this.#scalarIsLeft ? '<' : '>');
    const isUnder = this.#op === (this.#scalarIsLeft ? '>' : '<');
    if (isOver) {
      for (let row = 0; row < rows; row += 1) {
        const value = source[row] ?? ABSENT;
        values[row] = value > other ? value : ABSENT;
      }
    } else if (isUnder) {
      for (let row = 0; row < rows; row += 1) {
        const value = source[row] ?? ABSENT;
        values[row] = value < other ? value : ABSENT;
      }
    }
    return isOver || isUnder;
  }
}
