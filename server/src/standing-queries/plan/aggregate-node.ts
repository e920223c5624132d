import { Labels } from '../../model/labels.ts';
import { ABSENT } from '../../model/sample.ts';
import type { Aggregate, AggregateOperator } from '../../promql/ast.ts';
import { KahanMean } from '../../promql/evaluate/kahan.ts';
import { GroupIds } from './group-ids.ts';
import { type Tick, VectorNode } from './plan-node.ts';

/** Aggregations that take one value after the other into an accumulator for each group. */
export type StreamingOperator = 'sum' | 'avg' | 'min' | 'max' | 'count' | 'group' | 'stddev' | 'stdvar';

export function isStreaming(op: AggregateOperator): op is StreamingOperator {
  return ['sum', 'avg', 'min', 'max', 'count', 'group', 'stddev', 'stdvar'].includes(op);
}

/** An aggregation over one pass of the rows. Arithmetic and its order are those of promql/evaluate/aggregate.ts. */
export class AggregateNode extends VectorNode {
  readonly #input: VectorNode;
  readonly #op: StreamingOperator;
  readonly #groups: GroupIds;
  /** Compensations of sums, or means. */
  #second: Float64Array = new Float64Array(16);
  #counts: Float64Array = new Float64Array(16);

  constructor(input: VectorNode, expr: Pick<Aggregate, 'without' | 'labels'> & { readonly op: StreamingOperator }) {
    super();
    this.#input = input;
    this.#op = expr.op;
    this.#groups = new GroupIds(expr);
  }

  override labelsAt(row: number): Labels {
    return this.#groups.labels[row] ?? Labels.EMPTY;
  }

  override dropsName(row: number): boolean {
    return this.#groups.dropsName[row] ?? false;
  }

  protected override compute(tick: Tick): void {
    this.#input.advance(tick);
    this.#groups.follow(this.#input);
    this.epoch = this.#groups.epoch;
    this.resize(this.#groups.size);
    this.#clear();
    switch (this.#op) {
      case 'sum':
        this.#sum();
        return;
      case 'avg':
        this.#average();
        return;
      case 'min':
        this.#least();
        return;
      case 'max':
        this.#most();
        return;
      case 'count':
      case 'group':
        this.#count();
        return;
      case 'stddev':
      case 'stdvar':
        this.#vary();
    }
  }

  #clear(): void {
    if (this.#counts.length < this.values.length) {
      this.#counts = new Float64Array(this.values.length);
      this.#second = new Float64Array(this.values.length);
    }
    this.#counts.fill(0, 0, this.rows);
    this.#second.fill(0, 0, this.rows);
    this.values.fill(ABSENT, 0, this.rows);
  }

  #accumulate(): void {
    const { rows, values: source } = this.#input;
    const { ids } = this.#groups;
    const { values } = this;
    const second = this.#second;
    const counts = this.#counts;
    for (let row = 0; row < rows; row += 1) {
      const value = source[row] ?? ABSENT;
      if (value === ABSENT) {
        continue;
      }
      const group = ids[row] ?? 0;
      const before = values[group] ?? 0;
      const count = counts[group] ?? 0;
      counts[group] = count + 1;
      if (count === 0) {
        values[group] = value;
        continue;
      }
      const total = before + value;
      if (total === Number.POSITIVE_INFINITY || total === Number.NEGATIVE_INFINITY) {
        second[group] = 0;
      } else if (Math.abs(before) >= Math.abs(value)) {
        second[group] = (second[group] ?? 0) + (before - total + value);
      } else {
        second[group] = (second[group] ?? 0) + (value - total + before);
      }
      values[group] = total;
    }
  }

  #sum(): void {
    this.#accumulate();
    const { values, rows } = this;
    for (let group = 0; group < rows; group += 1) {
      if ((this.#counts[group] ?? 0) > 0) {
        values[group] = (values[group] ?? 0) + (this.#second[group] ?? 0);
      }
    }
  }

  #average(): void {
    this.#accumulate();
    const { values, rows } = this;
    for (let group = 0; group < rows; group += 1) {
      const count = this.#counts[group] ?? 0;
      const total = values[group] ?? 0;
      if (count > 0) {
        const isSum = Number.isFinite(total);
        values[group] = isSum ? total / count + (this.#second[group] ?? 0) / count : this.#overflowingMean(group);
      }
    }
  }

  /** The mean of a group whose sum is not finite, value by value. */
  #overflowingMean(group: number): number {
    const mean = new KahanMean();
    const { rows, values } = this.#input;
    for (let row = 0; row < rows; row += 1) {
      const value = values[row] ?? ABSENT;
      if (this.#groups.ids[row] === group && value !== ABSENT) {
        mean.add(value);
      }
    }
    return mean.value;
  }

  #least(): void {
    const { rows, values: source } = this.#input;
    const { ids } = this.#groups;
    const { values } = this;
    for (let row = 0; row < rows; row += 1) {
      const value = source[row] ?? ABSENT;
      if (value !== ABSENT) {
        const group = ids[row] ?? 0;
        const least = values[group] ?? ABSENT;
        if (least === ABSENT || least > value || Number.isNaN(least)) {
          values[group] = value;
        }
      }
    }
  }

  #most(): void {
    const { rows, values: source } = this.#input;
    const { ids } = this.#groups;
    const { values } = this;
    for (let row = 0; row < rows; row += 1) {
      const value = source[row] ?? ABSENT;
      if (value !== ABSENT) {
        const group = ids[row] ?? 0;
        const most = values[group] ?? ABSENT;
        if (most === ABSENT || most < value || Number.isNaN(most)) {
          values[group] = value;
        }
      }
    }
  }

  #count(): void {
    const { rows, values: source } = this.#input;
    const { ids } = this.#groups;
    const counts = this.#counts;
    for (let row = 0; row < rows; row += 1) {
      if (source[row] !== ABSENT) {
        const group = ids[row] ?? 0;
        counts[group] = (counts[group] ?? 0) + 1;
      }
    }
    for (let group = 0; group < this.rows; group += 1) {
      const count = counts[group] ?? 0;
      if (count > 0) {
        this.values[group] = this.#op === 'count' ? count : 1;
      }
    }
  }

  #vary(): void {
    const { rows, values: source } = this.#input;
    const { ids } = this.#groups;
    const means = this.#second;
    const counts = this.#counts;
    const { values: squares } = this;
    for (let row = 0; row < rows; row += 1) {
      const value = source[row] ?? ABSENT;
      if (value === ABSENT) {
        continue;
      }
      const group = ids[row] ?? 0;
      const count = (counts[group] ?? 0) + 1;
      counts[group] = count;
      if (count === 1) {
        means[group] = value;
        squares[group] = Number.isFinite(value) ? 0 : Number.NaN;
      } else {
        const delta = value - (means[group] ?? 0);
        const mean = (means[group] ?? 0) + delta / count;
        means[group] = mean;
        squares[group] = (squares[group] ?? 0) + delta * (value - mean);
      }
    }
    for (let group = 0; group < this.rows; group += 1) {
      const count = counts[group] ?? 0;
      if (count > 0) {
        const variance = (squares[group] ?? 0) / count;
        squares[group] = this.#op === 'stdvar' ? variance : Math.sqrt(variance);
      }
    }
  }
}
