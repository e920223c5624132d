import { ABSENT } from '../../model/sample.ts';
import { EvaluationError } from '../errors.ts';
import { formatGoFloat } from '../format-value.ts';
import type { Grouping } from './aggregate.ts';
import { BoundedHeap } from './bounded-heap.ts';
import type { EvaluationContext, VectorValue } from './values.ts';

interface Selection {
  readonly input: VectorValue;
  readonly param: Float64Array;
  readonly grouping: Grouping;
}

/**
 * topk, bottomk and limitk: keeps the points of at most k series a group and step. For one step the rows come out in rank
 * order, for a range in the order of the input.
 */
export function selectK(
  context: EvaluationContext,
  op: 'topk' | 'bottomk' | 'limitk',
  { input, param, grouping }: Selection,
): VectorValue {
  checkParameter(param);
  const { steps } = context.grid;
  const data = context.allocate(input.labels.length).fill(ABSENT);
  const order: number[] = [];
  for (const rows of grouping.rows) {
    context.checkpoint();
    for (let step = 0; step < steps; step += 1) {
      const k = Math.min(Math.trunc(param[step] ?? 0), input.labels.length);
      const chosen = k < 1 ? [] : choose(op, rows, { k, pointOf: (row) => input.data[row * steps + step] ?? ABSENT });
      for (const row of chosen) {
        data[row * steps + step] = input.data[row * steps + step] ?? ABSENT;
      }
      order.push(...(steps === 1 ? chosen : []));
    }
  }
  if (steps !== 1) {
    return { ...input, data };
  }
  return {
    kind: 'vector',
    labels: order.flatMap((row) => input.labels[row] ?? []),
    dropName: order.map((row) => input.dropName[row] ?? false),
    data: Float64Array.from(order, (row) => data[row] ?? ABSENT),
  };
}

function checkParameter(param: Float64Array): void {
  if (param.some(Number.isNaN)) {
    throw new EvaluationError('Parameter value is NaN');
  }
  const least = param.reduce((a, b) => Math.min(a, b), 0);
  const most = param.reduce((a, b) => Math.max(a, b), 0);
  if (least <= -(2 ** 63)) {
    throw new EvaluationError(`Scalar value ${formatGoFloat(least)} underflows int64`);
  }
  if (most >= 2 ** 63) {
    throw new EvaluationError(`Scalar value ${formatGoFloat(most)} overflows int64`);
  }
}

interface Choice {
  readonly k: number;
  readonly pointOf: (row: number) => number;
}

function choose(op: 'topk' | 'bottomk' | 'limitk', rows: readonly number[], { k, pointOf }: Choice): number[] {
  const present = rows.filter((row) => pointOf(row) !== ABSENT);
  if (op === 'limitk') {
    return present.slice(0, k);
  }
  // The heap's root is what leaves first: the smallest for topk, the largest for bottomk, NaN before anything.
  const worse = (a: number, b: number): boolean => {
    const x = pointOf(a);
    const y = pointOf(b);
    if (Number.isNaN(x)) {
      return true;
    }
    return op === 'topk' ? x < y : x > y;
  };
  const heap = new BoundedHeap(k, worse);
  for (const row of present) {
    heap.offer(row, (root) => (Number.isNaN(pointOf(root)) ? !Number.isNaN(pointOf(row)) : worse(root, row)));
  }
  return heap.items.toSorted((a, b) => rank(pointOf(a), pointOf(b), op));
}

function rank(a: number, b: number, op: 'topk' | 'bottomk'): number {
  if (Number.isNaN(a) || Number.isNaN(b)) {
    return Number(Number.isNaN(a)) - Number(Number.isNaN(b));
  }
  return op === 'topk' ? b - a || 0 : a - b || 0;
}
