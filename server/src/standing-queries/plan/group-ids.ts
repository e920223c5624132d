import { type Labels, METRIC_NAME } from '../../model/labels.ts';
import type { Aggregate } from '../../promql/ast.ts';
import type { VectorNode } from './plan-node.ts';

/** Groups nobody is in are kept until there are this many, so that group numbers last. */
const MOST_EMPTY = 1024;

/** The groups of an aggregation: which group each row is in, worked out once for each row. */
export class GroupIds {
  /** Rises when group numbers change. */
  epoch = 0;
  /** By row. */
  ids: Int32Array = new Int32Array(16);
  /** By group. */
  readonly labels: Labels[] = [];
  readonly dropsName: boolean[] = [];
  /** Rises with every change of `ids`. */
  version = 0;
  readonly #without: readonly string[] | null;
  readonly #by: readonly string[];
  readonly #groups = new Map<string, number>();
  #rows = 0;
  #seenEpoch = -1;

  constructor(expr: Pick<Aggregate, 'without' | 'labels'>) {
    this.#without = expr.without ? [...expr.labels, METRIC_NAME] : null;
    this.#by = expr.labels;
  }

  get size(): number {
    return this.labels.length;
  }

  /** Takes in the rows that are new. */
  follow(input: VectorNode): void {
    if (input.epoch !== this.#seenEpoch) {
      this.#seenEpoch = input.epoch;
      this.#rows = 0;
      this.version += 1;
      if (this.size > input.rows + MOST_EMPTY) {
        this.#startAnew();
      }
    }
    if (input.rows === this.#rows) {
      return;
    }
    this.version += 1;
    if (input.rows > this.ids.length) {
      const grown = new Int32Array(Math.ceil(input.rows * 1.25));
      grown.set(this.ids);
      this.ids = grown;
    }
    for (let row = this.#rows; row < input.rows; row += 1) {
      this.ids[row] = this.#groupOf(input.labelsAt(row), input.dropsName(row));
    }
    this.#rows = input.rows;
  }

  #groupOf(series: Labels, dropsName: boolean): number {
    const key = this.#without === null ? this.#keyBy(series) : series.without(this.#without).key;
    const known = this.#groups.get(key);
    if (known !== undefined) {
      this.dropsName[known] ||= dropsName;
      return known;
    }
    const group = this.labels.length;
    this.#groups.set(key, group);
    this.labels.push(this.#without === null ? series.only(this.#by) : series.without(this.#without));
    this.dropsName.push(dropsName);
    return group;
  }

  #keyBy(series: Labels): string {
    let key = '';
    for (const name of this.#by) {
      key += `${series.get(name)}\udfff`;
    }
    return key;
  }

  #startAnew(): void {
    this.epoch += 1;
    this.#groups.clear();
    this.labels.length = 0;
    this.dropsName.length = 0;
  }
}
