import { type Labels, METRIC_NAME } from '../../model/labels.ts';
import { ABSENT } from '../../model/sample.ts';
import { type Binary, isComparison, type VectorMatching } from '../../promql/ast.ts';
import { joinVectors } from '../../promql/evaluate/join.ts';
import { type Operation, operationOf } from '../../promql/evaluate/operators.ts';
import { withoutMetadata } from '../../promql/evaluate/rows.ts';
import { MatchIds, MatchNumbers } from './match-ids.ts';
import { PlanContext, presentRows } from './plan-context.ts';
import { PlanUnfitError, type Tick, VectorNode } from './plan-node.ts';
import { UniqueLabels } from './unique-labels.ts';

export interface JoinOperands {
  readonly left: VectorNode;
  readonly right: VectorNode;
  readonly matching: VectorMatching;
}

interface MatchGroup {
  readonly many: number[];
  readonly one: number[];
}

/** Usually a row meets one other; more come of series that have ended, and very many of matching by hardly any label. */
const MOST_PAIRS_PER_ROW = 4;
const SOME_PAIRS = 10_000;

/**
 * Arithmetic or a comparison between two vectors. Which rows meet is kept: one row of the result for each pair. Whatever the
 * engine refuses is handed to it, so that the error is its own.
 */
export class JoinNode extends VectorNode {
  readonly #expr: Binary;
  readonly #operands: JoinOperands;
  readonly #many: VectorNode;
  readonly #one: VectorNode;
  readonly #manyIsRight: boolean;
  readonly #operation: Operation;
  readonly #filters: boolean;
  readonly #isOneToOne: boolean;
  readonly #include: readonly string[];
  readonly #numbers: MatchNumbers;
  readonly #manyIds = new MatchIds();
  readonly #oneIds = new MatchIds();
  #groups: MatchGroup[] = [];
  readonly #pairMany: number[] = [];
  readonly #pairOne: number[] = [];
  readonly #unique = new UniqueLabels((pair) => this.#labelsOf(pair));
  /** Match groups with several rows on a side: only there can more than one match. */
  readonly #crowdedOne = new Set<number>();
  readonly #crowdedMany = new Set<number>();
  readonly #context: PlanContext;

  constructor(expr: Binary, operands: JoinOperands) {
    super();
    const { matching } = operands;
    this.#expr = expr;
    this.#operands = operands;
    this.#manyIsRight = matching.cardinality === 'oneToMany';
    this.#many = this.#manyIsRight ? operands.right : operands.left;
    this.#one = this.#manyIsRight ? operands.left : operands.right;
    this.#operation = operationOf(expr.op);
    this.#filters = isComparison(expr.op) && !expr.returnBool;
    this.#isOneToOne = matching.cardinality === 'oneToOne';
    this.#include = matching.include;
    this.#numbers = new MatchNumbers(matching);
    this.#context = new PlanContext({
      expr,
      notes: this.notes,
      operands: new Map(),
      vectorOf: (node) => presentRows(node, ABSENT),
    });
  }

  override labelsAt(row: number): Labels {
    return this.#unique.at(row);
  }

  override dropsName(row: number): boolean {
    if (this.#expr.returnBool) {
      return true;
    }
    return this.#include.includes(METRIC_NAME)
      ? this.#one.dropsName(this.#pairOne[row] ?? 0)
      : this.#many.dropsName(this.#pairMany[row] ?? 0);
  }

  protected override compute(tick: Tick): void {
    const { left, right } = this.#operands;
    left.advance(tick);
    right.advance(tick);
    this.#follow();
    this.resize(this.#pairMany.length);
    const isUnique = this.#calculate();
    if (!isUnique || this.#isAmbiguous()) {
      this.#throwAsEngine(tick);
    }
  }

  /** False when two results that are present, or would be but for the comparison, have the same labels. */
  #calculate(): boolean {
    const { values, rows } = this;
    const many = this.#many.values;
    const one = this.#one.values;
    const operation = this.#operation;
    const manyIsRight = this.#manyIsRight;
    const takesAll = !this.#isOneToOne;
    let isUnique = true;
    this.#unique.begin(rows);
    for (let pair = 0; pair < rows; pair += 1) {
      const mine = many[this.#pairMany[pair] ?? 0] ?? ABSENT;
      const theirs = one[this.#pairOne[pair] ?? 0] ?? ABSENT;
      if (mine === ABSENT || theirs === ABSENT) {
        values[pair] = ABSENT;
        continue;
      }
      const left = manyIsRight ? theirs : mine;
      const result = manyIsRight ? operation(theirs, mine) : operation(mine, theirs);
      const isKept = !this.#filters || result === 1;
      if (isKept || takesAll) {
        isUnique = this.#unique.take(pair) && isUnique;
      }
      if (isKept) {
        values[pair] = this.#filters ? left : result;
      } else {
        values[pair] = ABSENT;
      }
    }
    return isUnique;
  }

  /** Whether a match group has two points where it may have one only, as far as the groups tell. */
  #isAmbiguous(): boolean {
    for (const group of this.#crowdedOne) {
      if (countPresent(this.#one, this.#groups[group]?.one ?? []) > 1) {
        return true;
      }
    }
    for (const group of this.#crowdedMany) {
      const { many, one } = this.#groups[group] ?? { many: [], one: [] };
      if (countPresent(this.#many, many) > 1 && countPresent(this.#one, one) > 0) {
        return true;
      }
    }
    return false;
  }

  /** Lets the engine judge: it throws, or finds that several matches are allowed here. */
  #throwAsEngine(tick: Tick): void {
    const { left, right, matching } = this.#operands;
    joinVectors(this.#context.at(tick.timeMs), this.#expr, {
      left: presentRows(left, ABSENT),
      right: presentRows(right, ABSENT),
      matching,
    });
  }

  #follow(): void {
    if (!this.#manyIds.isCurrent(this.#many) || !this.#oneIds.isCurrent(this.#one)) {
      this.#restart();
    }
    const knownMany = this.#manyIds.rows;
    const knownOne = this.#oneIds.rows;
    this.#manyIds.follow(this.#many, this.#numbers);
    this.#oneIds.follow(this.#one, this.#numbers);
    while (this.#groups.length < this.#numbers.size) {
      this.#groups.push({ many: [], one: [] });
    }
    for (let row = knownMany; row < this.#many.rows; row += 1) {
      this.#addMany(row, this.#manyIds.ids[row] ?? 0);
    }
    for (let row = knownOne; row < this.#one.rows; row += 1) {
      this.#addOne(row, this.#oneIds.ids[row] ?? 0);
    }
  }

  #restart(): void {
    this.epoch += 1;
    this.#numbers.clear();
    this.#manyIds.restart(this.#many);
    this.#oneIds.restart(this.#one);
    this.#groups = [];
    this.#pairMany.length = 0;
    this.#pairOne.length = 0;
    this.#crowdedOne.clear();
    this.#crowdedMany.clear();
    this.#unique.clear();
  }

  #addMany(row: number, number: number): void {
    const group = this.#groups[number];
    if (group === undefined) {
      return;
    }
    group.many.push(row);
    // Many to one, several may share a match as long as their labels differ, which the engine judges by labels, not by group.
    if (group.many.length > 1 && this.#isOneToOne) {
      this.#crowdedMany.add(number);
    }
    for (const one of group.one) {
      this.#pair(row, one);
    }
  }

  #addOne(row: number, number: number): void {
    const group = this.#groups[number];
    if (group === undefined) {
      return;
    }
    group.one.push(row);
    if (group.one.length > 1) {
      this.#crowdedOne.add(number);
    }
    for (const many of group.many) {
      this.#pair(many, row);
    }
  }

  #pair(many: number, one: number): void {
    if (this.#pairMany.length > MOST_PAIRS_PER_ROW * (this.#many.rows + this.#one.rows) + SOME_PAIRS) {
      throw new PlanUnfitError('too many pairs of rows to keep');
    }
    this.#pairMany.push(many);
    this.#pairOne.push(one);
  }

  #labelsOf(pair: number): Labels {
    const { matching } = this.#operands;
    const mine = this.#many.labelsAt(this.#pairMany[pair] ?? 0);
    let labels = isComparison(this.#expr.op) ? mine : withoutMetadata(mine);
    if (this.#isOneToOne) {
      labels = matching.on ? labels.only(matching.labels) : labels.without(matching.labels);
    }
    if (this.#include.length === 0) {
      return labels;
    }
    const theirs = this.#one.labelsAt(this.#pairOne[pair] ?? 0);
    return labels.with(Object.fromEntries(this.#include.map((name) => [name, theirs.get(name)])));
  }
}

function countPresent(side: VectorNode, rows: readonly number[]): number {
  let count = 0;
  for (const row of rows) {
    count += side.values[row] === ABSENT ? 0 : 1;
  }
  return count;
}
