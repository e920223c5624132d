import { Labels } from '../../model/labels.ts';
import { ABSENT } from '../../model/sample.ts';
import type { Aggregate, Expr } from '../../promql/ast.ts';
import { evaluateAggregate } from '../../promql/evaluate/aggregate.ts';
import { isQuantile, quantile } from '../../promql/evaluate/quantile.ts';
import { GroupIds } from './group-ids.ts';
import { PlanContext } from './plan-context.ts';
import { bare, type PlanNode, type ScalarNode, type Tick, VectorNode } from './plan-node.ts';

/** `quantile`: the points of each group are put side by side, then each group is sorted. */
export class QuantileNode extends VectorNode {
  readonly #input: VectorNode;
  readonly #param: ScalarNode;
  readonly #expr: Aggregate;
  readonly #groups: GroupIds;
  readonly #context: PlanContext;
  #points: Float64Array = new Float64Array(64);
  /** By group, where its points end. */
  #ends: Int32Array = new Int32Array(16);

  constructor(input: VectorNode, param: ScalarNode, expr: Aggregate) {
    super();
    this.#input = input;
    this.#param = param;
    this.#expr = expr;
    this.#groups = new GroupIds(expr);
    const operands = new Map<Expr, PlanNode>([[bare(expr.expr), input]]);
    if (expr.param !== null) {
      operands.set(bare(expr.param), param);
    }
    this.#context = new PlanContext({ expr, notes: this.notes, operands, vectorOf: () => NO_ROWS });
  }

  override labelsAt(row: number): Labels {
    return this.#groups.labels[row] ?? Labels.EMPTY;
  }

  override dropsName(row: number): boolean {
    return this.#groups.dropsName[row] ?? false;
  }

  protected override compute(tick: Tick): void {
    this.#param.advance(tick);
    this.#input.advance(tick);
    this.#groups.follow(this.#input);
    this.epoch = this.#groups.epoch;
    this.resize(this.#groups.size);
    const q = this.#param.value;
    if (!isQuantile(q)) {
      // Without rows the engine only warns.
      evaluateAggregate(this.#context.at(tick.timeMs), this.#expr);
    }
    this.#gather();
    for (let group = 0, start = 0; group < this.rows; group += 1) {
      const end = this.#ends[group] ?? 0;
      this.values[group] = end === start ? ABSENT : quantile(q, this.#points.subarray(start, end));
      start = end;
    }
  }

  #gather(): void {
    const { rows, values } = this.#input;
    const { ids } = this.#groups;
    if (this.#ends.length < this.rows + 1) {
      this.#ends = new Int32Array(this.values.length + 1);
    }
    if (this.#points.length < rows) {
      this.#points = new Float64Array(Math.ceil(rows * 1.25));
    }
    const ends = this.#ends.fill(0);
    for (let row = 0; row < rows; row += 1) {
      if (values[row] !== ABSENT) {
        const next = (ids[row] ?? 0) + 1;
        ends[next] = (ends[next] ?? 0) + 1;
      }
    }
    for (let group = 1; group <= this.rows; group += 1) {
      ends[group] = (ends[group] ?? 0) + (ends[group - 1] ?? 0);
    }
    // Each group's slot now says where it starts; putting its points moves it to where it ends.
    for (let row = 0; row < rows; row += 1) {
      const value = values[row] ?? ABSENT;
      if (value !== ABSENT) {
        const group = ids[row] ?? 0;
        const at = ends[group] ?? 0;
        this.#points[at] = value;
        ends[group] = at + 1;
      }
    }
  }
}

const NO_ROWS = { kind: 'vector', labels: [], dropName: [], data: new Float64Array(0) } as const;
