import { Labels } from '../../model/labels.ts';
import { ABSENT } from '../../model/sample.ts';
import type { Call } from '../../promql/ast.ts';
import { EvaluationError } from '../../promql/errors.ts';
import type { VectorValue } from '../../promql/evaluate/values.ts';
import { SAME_LABELSET } from '../../promql/evaluate/values.ts';
import { callFunction } from '../../promql/functions/functions.ts';
import { PlanContext } from './plan-context.ts';
import { bare, PlanUnfitError, type Tick, VectorNode } from './plan-node.ts';
import { UniqueLabels } from './unique-labels.ts';

/** `label_replace` and `label_join`: the engine rewrites each row's labels once. */
export class RelabelNode extends VectorNode {
  readonly #input: VectorNode;
  readonly #call: Call;
  readonly #context: PlanContext;
  readonly #labels: Labels[] = [];
  readonly #dropsName: boolean[] = [];
  readonly #unique = new UniqueLabels((row) => this.#labels[row] ?? Labels.EMPTY);
  #batch: VectorValue = { kind: 'vector', labels: [], dropName: [], data: new Float64Array(0) };
  #seenEpoch = -1;

  constructor(input: VectorNode, call: Call) {
    super();
    this.#input = input;
    this.#call = call;
    const [first] = call.args;
    const operands = new Map(first === undefined ? [] : [[bare(first), input] as const]);
    this.#context = new PlanContext({ expr: call, notes: this.notes, operands, vectorOf: () => this.#batch });
  }

  override labelsAt(row: number): Labels {
    return this.#labels[row] ?? Labels.EMPTY;
  }

  override dropsName(row: number): boolean {
    return this.#dropsName[row] ?? false;
  }

  protected override compute(tick: Tick): void {
    this.#input.advance(tick);
    this.#follow(tick);
    this.epoch = this.#input.epoch;
    this.resize(this.#input.rows);
    this.values.set(this.#input.values.subarray(0, this.rows));
    this.#unique.begin(this.rows);
    for (let row = 0; row < this.rows; row += 1) {
      if (this.values[row] !== ABSENT && !this.#unique.take(row)) {
        throw new EvaluationError(SAME_LABELSET);
      }
    }
  }

  #follow(tick: Tick): void {
    const input = this.#input;
    if (input.epoch !== this.#seenEpoch) {
      this.#seenEpoch = input.epoch;
      this.#labels.length = 0;
      this.#dropsName.length = 0;
      this.#unique.clear();
      this.#relabel([], tick);
    }
    if (this.#labels.length < input.rows) {
      const rows = Array.from({ length: input.rows - this.#labels.length }, (_, index) => this.#labels.length + index);
      this.#relabel(rows, tick);
    }
  }

  /** Without points nothing clashes, but rows that get the same labels become one: then halves are tried, down to single rows. */
  #relabel(rows: readonly number[], tick: Tick): void {
    const labels = rows.map((row) => this.#input.labelsAt(row));
    const dropName = rows.map((row) => this.#input.dropsName(row));
    this.#batch = { kind: 'vector', labels, dropName, data: new Float64Array(rows.length).fill(ABSENT) };
    const value = callFunction(this.#context.at(tick.timeMs), this.#call);
    if (value.kind !== 'vector') {
      throw new PlanUnfitError('relabelling gives a vector');
    }
    if (value.labels.length < rows.length) {
      const half = rows.length >> 1;
      this.#relabel(rows.slice(0, half), tick);
      this.#relabel(rows.slice(half), tick);
      return;
    }
    this.#labels.push(...value.labels);
    this.#dropsName.push(...value.dropName);
  }
}
