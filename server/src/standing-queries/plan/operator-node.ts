import type { Labels } from '../../model/labels.ts';
import { Labels as LabelSet } from '../../model/labels.ts';
import { ABSENT } from '../../model/sample.ts';
import type { Expr } from '../../promql/ast.ts';
import type { Value, VectorValue } from '../../promql/evaluate/values.ts';
import { PlanContext, presentRows } from './plan-context.ts';
import { type PlanNode, ScalarNode, type Tick, VectorNode } from './plan-node.ts';

/** How the engine computes one part of an expression from its operands. */
export interface EngineOperator {
  readonly expr: Expr;
  readonly operands: ReadonlyMap<Expr, PlanNode>;
  readonly apply: (context: PlanContext) => Value;
}

/** A number computed by the engine from the operands' results. */
export class ScalarOperatorNode extends ScalarNode {
  readonly #operator: EngineOperator;
  readonly #context: PlanContext;

  constructor(operator: EngineOperator) {
    super();
    this.#operator = operator;
    this.#context = new PlanContext({ ...operator, notes: this.notes, vectorOf: presentOf });
  }

  protected override compute(tick: Tick): void {
    advanceAll(this.#operator.operands, tick);
    const value = this.#operator.apply(this.#context.at(tick.timeMs));
    this.value = value.kind === 'scalar' ? (value.values[0] ?? Number.NaN) : Number.NaN;
  }
}

/** A vector computed by the engine from the present rows of the operands, anew at each tick: for what has no form of its own. */
export class VectorOperatorNode extends VectorNode {
  readonly #operator: EngineOperator;
  readonly #context: PlanContext;
  #labels: readonly Labels[] = [];
  #dropName: readonly boolean[] = [];

  constructor(operator: EngineOperator) {
    super();
    this.#operator = operator;
    this.#context = new PlanContext({ ...operator, notes: this.notes, vectorOf: presentOf });
  }

  override labelsAt(row: number): Labels {
    return this.#labels[row] ?? LabelSet.EMPTY;
  }

  override dropsName(row: number): boolean {
    return this.#dropName[row] ?? false;
  }

  protected override compute(tick: Tick): void {
    advanceAll(this.#operator.operands, tick);
    const value = this.#operator.apply(this.#context.at(tick.timeMs));
    if (value.kind === 'vector') {
      this.#take(value);
    }
  }

  #take({ labels, dropName, data }: VectorValue): void {
    if (!isSameRows({ labels, dropName }, { labels: this.#labels, dropName: this.#dropName })) {
      this.epoch += 1;
      this.#labels = labels;
      this.#dropName = dropName;
    }
    this.rows = labels.length;
    this.values = data;
  }
}

export function advanceAll(operands: ReadonlyMap<Expr, PlanNode>, tick: Tick): void {
  for (const node of operands.values()) {
    node.advance(tick);
  }
}

function presentOf(node: VectorNode): VectorValue {
  return presentRows(node, ABSENT);
}

type Rows = Pick<VectorValue, 'labels' | 'dropName'>;

function isSameRows(a: Rows, b: Rows): boolean {
  if (a.labels.length !== b.labels.length) {
    return false;
  }
  return a.labels.every((labels, row) => {
    const other = b.labels[row];
    return other !== undefined && labels.equals(other) && a.dropName[row] === b.dropName[row];
  });
}
