import { type Labels, METRIC_NAME } from '../../model/labels.ts';
import type { VectorMatching } from '../../promql/ast.ts';
import type { VectorNode } from './plan-node.ts';

/** Numbers for match groups, the same for both sides of a binary operator. */
export class MatchNumbers {
  readonly #without: readonly string[] | null;
  readonly #on: readonly string[];
  readonly #numbers = new Map<string, number>();

  constructor(matching: VectorMatching) {
    this.#without = matching.on ? null : [...matching.labels, METRIC_NAME];
    this.#on = matching.labels;
  }

  get size(): number {
    return this.#numbers.size;
  }

  numberOf(series: Labels): number {
    const key =
      this.#without === null ? this.#on.map((name) => series.get(name)).join('\udfff') : series.without(this.#without).key;
    const known = this.#numbers.get(key);
    if (known !== undefined) {
      return known;
    }
    this.#numbers.set(key, this.#numbers.size);
    return this.#numbers.size - 1;
  }

  clear(): void {
    this.#numbers.clear();
  }
}

/** The match group of each row of one side, kept while the rows are. */
export class MatchIds {
  ids: Int32Array = new Int32Array(16);
  rows = 0;
  epoch = -1;

  /** Whether the rows known so far still have their numbers. */
  isCurrent(side: VectorNode): boolean {
    return this.epoch === side.epoch;
  }

  restart(side: VectorNode): void {
    this.epoch = side.epoch;
    this.rows = 0;
  }

  /** Takes in the rows that are new. */
  follow(side: VectorNode, numbers: MatchNumbers): void {
    if (side.rows > this.ids.length) {
      const grown = new Int32Array(Math.ceil(side.rows * 1.25));
      grown.set(this.ids);
      this.ids = grown;
    }
    for (let row = this.rows; row < side.rows; row += 1) {
      this.ids[row] = numbers.numberOf(side.labelsAt(row));
    }
    this.rows = side.rows;
  }
}
