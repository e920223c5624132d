import type { Labels } from '../../model/labels.ts';
import { ABSENT } from '../../model/sample.ts';
import { EvaluationError } from '../errors.ts';
import { formatGoFloat } from '../format-value.ts';
import type { Grouping } from './grouping.ts';
import { RankHeaps } from './rank-heaps.ts';
import { checkpointMask, type RowSource, RowTarget, rowsOf } from './row-source.ts';
import type { EvaluationContext, VectorValue } from './values.ts';

type SelectionOperator = 'topk' | 'bottomk' | 'limitk';

interface Selection {
  readonly input: RowSource;
  readonly param: Float64Array;
  readonly grouping: Grouping;
}

interface HeldSelection {
  readonly input: VectorValue;
  readonly param: Float64Array;
  readonly grouping: HeldGrouping;
}

/** The rows of each group; a row in no group is left out. */
export interface HeldGrouping {
  readonly rows: readonly (readonly number[])[];
}

/** `selectRows` of a vector that is held, its groups known. */
export function selectK(
  context: EvaluationContext,
  op: SelectionOperator,
  { input, param, grouping }: HeldSelection,
): VectorValue {
  const groupOf = new Int32Array(input.labels.length).fill(-1);
  for (const [group, rows] of grouping.rows.entries()) {
    for (const row of rows) {
      groupOf[row] = group;
    }
  }
  const numbered = { size: grouping.rows.length, groupOf, labels: [] };
  return selectRows(context, op, { input: rowsOf(input, context.grid.steps), param, grouping: numbered });
}

/**
 * topk, bottomk and limitk: keeps the points of at most k series a group and step. For one step the rows come out in rank
 * order, for a range in the order of the input.
 */
export function selectRows(
  context: EvaluationContext,
  op: SelectionOperator,
  { input, param, grouping }: Selection,
): VectorValue {
  checkParameter(param);
  const { steps } = context.grid;
  const sizes = groupSizes(grouping);
  const limits = Int32Array.from(param, (value) => Math.max(0, Math.min(Math.trunc(value), input.size)));
  const largest = limits.reduce((a, b) => Math.max(a, b), 0);
  const heaps = sizes.map((size) => {
    const capacity = Math.min(size, largest);
    context.count(2 * capacity);
    return new RankHeaps(op, limits, capacity);
  });
  const target = new RowTarget(new Float64Array(steps));
  const mask = checkpointMask(steps);
  for (let row = 0; row < input.size; row += 1) {
    if ((row & mask) === 0) {
      context.checkpoint();
    }
    input.fill(row, target);
    heaps[grouping.groupOf[row] ?? -1]?.offer(row, target);
  }
  return steps === 1 ? ranked(input, heaps) : inOrder(context, input, heaps);
}

function groupSizes({ groupOf, size }: Grouping): number[] {
  const sizes = new Array<number>(size).fill(0);
  for (const group of groupOf) {
    if (group >= 0) {
      sizes[group] = (sizes[group] ?? 0) + 1;
    }
  }
  return sizes;
}

function ranked(input: RowSource, heaps: readonly RankHeaps[]): VectorValue {
  const chosen = heaps.flatMap((heap) => heap.ranked(0));
  return {
    kind: 'vector',
    labels: chosen.map(({ row }) => input.labelsAt(row)),
    dropName: chosen.map(({ row }) => input.dropsNameAt(row)),
    data: Float64Array.from(chosen, ({ value }) => value),
  };
}

function inOrder(context: EvaluationContext, input: RowSource, heaps: readonly RankHeaps[]): VectorValue {
  const { steps } = context.grid;
  // The place of each row that was chosen at any step, less one; 0 where it was not.
  const places = new Int32Array(input.size);
  for (const heap of heaps) {
    heap.visit((row) => {
      places[row] = 1;
    });
  }
  const labels: Labels[] = [];
  const dropName: boolean[] = [];
  for (let row = 0; row < input.size; row += 1) {
    if (places[row] === 1) {
      labels.push(input.labelsAt(row));
      dropName.push(input.dropsNameAt(row));
      places[row] = labels.length;
    }
  }
  const data = context.allocate(labels.length).fill(ABSENT);
  for (const heap of heaps) {
    heap.visit((row, step, value) => {
      data[((places[row] ?? 1) - 1) * steps + step] = value;
    });
  }
  return { kind: 'vector', labels, dropName, data };
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
