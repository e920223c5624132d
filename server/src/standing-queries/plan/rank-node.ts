import { Labels } from '../../model/labels.ts';
import { ABSENT } from '../../model/sample.ts';
import type { Aggregate } from '../../promql/ast.ts';
import type { HeldGrouping } from '../../promql/evaluate/aggregate-k.ts';
import { selectK } from '../../promql/evaluate/aggregate-k.ts';
import type { VectorValue } from '../../promql/evaluate/values.ts';
import { GroupIds } from './group-ids.ts';
import { PlanContext } from './plan-context.ts';
import { type ScalarNode, type Tick, VectorNode } from './plan-node.ts';

/** `topk`, `bottomk`, `limitk`: groups are kept, the choice is the engine's. Rows come in rank order, so they change at each tick. */
export class RankNode extends VectorNode {
  readonly #input: VectorNode;
  readonly #param: ScalarNode;
  readonly #op: 'topk' | 'bottomk' | 'limitk';
  readonly #groups: GroupIds;
  readonly #context: PlanContext;
  #seenVersion = -1;
  #rowsOfGroups: number[][] = [];
  #labels: readonly Labels[] = [];
  #chosen: Pick<VectorValue, 'labels' | 'dropName'> = { labels: [], dropName: [] };

  constructor(input: VectorNode, param: ScalarNode, expr: Aggregate & { readonly op: 'topk' | 'bottomk' | 'limitk' }) {
    super();
    this.#input = input;
    this.#param = param;
    this.#op = expr.op;
    this.#groups = new GroupIds(expr);
    this.#context = new PlanContext({ expr, notes: this.notes, operands: new Map(), vectorOf: () => this.#inputRows() });
  }

  override labelsAt(row: number): Labels {
    return this.#chosen.labels[row] ?? Labels.EMPTY;
  }

  override dropsName(row: number): boolean {
    return this.#chosen.dropName[row] ?? false;
  }

  protected override compute(tick: Tick): void {
    this.#param.advance(tick);
    this.#input.advance(tick);
    this.#groups.follow(this.#input);
    this.#followGroups();
    const chosen = selectK(this.#context.at(tick.timeMs), this.#op, {
      input: this.#inputRows(),
      param: Float64Array.of(this.#param.value),
      grouping: this.#grouping(),
    });
    this.epoch += 1;
    this.rows = chosen.labels.length;
    this.values = chosen.data;
    this.#chosen = chosen;
  }

  #followGroups(): void {
    if (this.#groups.version === this.#seenVersion) {
      return;
    }
    this.#seenVersion = this.#groups.version;
    this.#rowsOfGroups = Array.from({ length: this.#groups.size }, () => []);
    const labels: Labels[] = [];
    for (let row = 0; row < this.#input.rows; row += 1) {
      this.#rowsOfGroups[this.#groups.ids[row] ?? 0]?.push(row);
      labels.push(this.#input.labelsAt(row));
    }
    this.#labels = labels;
  }

  /** Only groups with a point: the engine never meets others. */
  #grouping(): HeldGrouping {
    const { values } = this.#input;
    const rows = this.#rowsOfGroups.filter((group) => group.some((row) => values[row] !== ABSENT));
    return { rows };
  }

  #inputRows(): VectorValue {
    const { rows, values } = this.#input;
    const dropName = Array.from({ length: rows }, (_, row) => this.#input.dropsName(row));
    return { kind: 'vector', labels: this.#labels, dropName, data: values.subarray(0, rows) };
  }
}
