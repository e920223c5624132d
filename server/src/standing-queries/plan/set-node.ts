import { Labels } from '../../model/labels.ts';
import { ABSENT } from '../../model/sample.ts';
import type { VectorMatching } from '../../promql/ast.ts';
import { MatchIds, MatchNumbers } from './match-ids.ts';
import { type Tick, VectorNode } from './plan-node.ts';

export interface SetOperands {
  readonly left: VectorNode;
  readonly right: VectorNode;
  readonly matching: VectorMatching;
}

/** The match groups of both sides, and which of them have a point on one side now. */
class Presence {
  readonly left = new MatchIds();
  readonly right = new MatchIds();
  readonly #numbers: MatchNumbers;
  #present: Uint8Array = new Uint8Array(16);

  constructor(matching: VectorMatching) {
    this.#numbers = new MatchNumbers(matching);
  }

  /** Follows both sides; true when numbers were given anew. */
  follow({ left, right }: SetOperands): boolean {
    const isRestart = !this.left.isCurrent(left) || !this.right.isCurrent(right);
    if (isRestart) {
      this.#numbers.clear();
      this.left.restart(left);
      this.right.restart(right);
    }
    this.left.follow(left, this.#numbers);
    this.right.follow(right, this.#numbers);
    return isRestart;
  }

  /** By match group, 1 where the side has a point. */
  of(side: VectorNode, { ids }: MatchIds): Uint8Array {
    if (this.#present.length < this.#numbers.size) {
      this.#present = new Uint8Array(Math.ceil(this.#numbers.size * 1.25));
    }
    const present = this.#present.fill(0);
    const { rows, values } = side;
    for (let row = 0; row < rows; row += 1) {
      if (values[row] !== ABSENT) {
        present[ids[row] ?? 0] = 1;
      }
    }
    return present;
  }
}

/** `and` and `unless`: the left side's rows, by whether their match group has a point on the right. */
export class FilterSetNode extends VectorNode {
  readonly #operands: SetOperands;
  readonly #wanted: 0 | 1;
  readonly #presence: Presence;

  constructor(op: 'and' | 'unless', operands: SetOperands) {
    super();
    this.#operands = operands;
    this.#wanted = op === 'and' ? 1 : 0;
    this.#presence = new Presence(operands.matching);
  }

  override labelsAt(row: number): Labels {
    return this.#operands.left.labelsAt(row);
  }

  override dropsName(row: number): boolean {
    return this.#operands.left.dropsName(row);
  }

  protected override compute(tick: Tick): void {
    const { left, right } = this.#operands;
    left.advance(tick);
    right.advance(tick);
    this.#presence.follow(this.#operands);
    this.epoch = left.epoch;
    this.resize(left.rows);
    const present = this.#presence.of(right, this.#presence.right);
    const { ids } = this.#presence.left;
    const { values } = this;
    for (let row = 0; row < left.rows; row += 1) {
      values[row] = present[ids[row] ?? 0] === this.#wanted ? (left.values[row] ?? ABSENT) : ABSENT;
    }
  }
}

/** `or`: all of the left side, and of the right what has no match group there. */
export class UnionNode extends VectorNode {
  readonly #operands: SetOperands;
  readonly #presence: Presence;
  /** By row of the result: a row of the left side, or one of the right side as its complement. */
  readonly #origins: number[] = [];
  #leftRows = 0;
  #rightRows = 0;

  constructor(operands: SetOperands) {
    super();
    this.#operands = operands;
    this.#presence = new Presence(operands.matching);
  }

  override labelsAt(row: number): Labels {
    const origin = this.#origins[row];
    if (origin === undefined) {
      return Labels.EMPTY;
    }
    return origin >= 0 ? this.#operands.left.labelsAt(origin) : this.#operands.right.labelsAt(~origin);
  }

  override dropsName(row: number): boolean {
    const origin = this.#origins[row] ?? 0;
    return origin >= 0 ? this.#operands.left.dropsName(origin) : this.#operands.right.dropsName(~origin);
  }

  protected override compute(tick: Tick): void {
    const { left, right } = this.#operands;
    left.advance(tick);
    right.advance(tick);
    if (this.#presence.follow(this.#operands)) {
      this.epoch += 1;
      this.#origins.length = 0;
      this.#leftRows = 0;
      this.#rightRows = 0;
    }
    for (; this.#leftRows < left.rows; this.#leftRows += 1) {
      this.#origins.push(this.#leftRows);
    }
    for (; this.#rightRows < right.rows; this.#rightRows += 1) {
      this.#origins.push(~this.#rightRows);
    }
    this.resize(this.#origins.length);
    const present = this.#presence.of(left, this.#presence.left);
    const { ids } = this.#presence.right;
    for (let row = 0; row < this.rows; row += 1) {
      const origin = this.#origins[row] ?? 0;
      if (origin >= 0) {
        this.values[row] = left.values[origin] ?? ABSENT;
      } else {
        this.values[row] = present[ids[~origin] ?? 0] === 1 ? ABSENT : (right.values[~origin] ?? ABSENT);
      }
    }
  }
}
