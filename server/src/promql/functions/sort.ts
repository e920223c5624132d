import { compareLabels, type Labels } from '../../model/labels.ts';
import { ABSENT } from '../../model/sample.ts';
import type { Call } from '../ast.ts';
import { pickRows } from '../evaluate/rows.ts';
import type { EvaluationContext, VectorValue } from '../evaluate/values.ts';
import { isStepInvariant } from '../step-invariant.ts';
import { argument, type FunctionImplementation, type FunctionTable, stringArgument } from './function-table.ts';
import { compareNaturally } from './natural-order.ts';

/** Orders an instant query's rows. A range query's result has an order of its own, so there these do nothing. */
export const sortFunctions: FunctionTable = new Map<string, FunctionImplementation>([
  ['sort', (context, call) => sortByValue(context, call, 1)],
  ['sort_desc', (context, call) => sortByValue(context, call, -1)],
  ['sort_by_label', (context, call) => sortByLabels(context, call, 1)],
  ['sort_by_label_desc', (context, call) => sortByLabels(context, call, -1)],
]);

const SORT_IN_RANGE = 'sort is ineffective for range queries since results are always ordered by labels';

function sortByValue(context: EvaluationContext, call: Call, direction: 1 | -1): VectorValue {
  return sortRows(context, call, (input) => (a, b) => {
    const x = input.data[a] ?? ABSENT;
    const y = input.data[b] ?? ABSENT;
    if (Number.isNaN(x) || Number.isNaN(y)) {
      return Number(Number.isNaN(x)) - Number(Number.isNaN(y));
    }
    return direction * (x - y) || 0;
  });
}

function sortByLabels(context: EvaluationContext, call: Call, direction: 1 | -1): VectorValue {
  const names = call.args.slice(1).map((_, index) => stringArgument(call, index + 1));
  return sortRows(context, call, ({ labels }) => (a, b) => {
    const [x, y] = [labels[a], labels[b]];
    return x === undefined || y === undefined ? 0 : direction * compareByNames(x, y, names);
  });
}

function compareByNames(a: Labels, b: Labels, names: readonly string[]): number {
  for (const name of names) {
    const order = compareNaturally(a.get(name), b.get(name));
    if (order !== 0) {
      return order;
    }
  }
  return compareLabels(a, b);
}

type RowOrder = (input: VectorValue) => (a: number, b: number) => number;

function sortRows(context: EvaluationContext, call: Call, orderOf: RowOrder): VectorValue {
  const input = context.vector(argument(call, 0));
  const { startMs, endMs = startMs, steps } = context.grid;
  if (steps > 0 && (steps > 1 || endMs !== startMs) && !isStepInvariant(call)) {
    context.annotate('warning', SORT_IN_RANGE, call.span);
  }
  if (steps !== 1) {
    return input;
  }
  const rows = [...input.labels.keys()].filter((row) => input.data[row] !== ABSENT);
  return pickRows(input, rows.sort(orderOf(input)), 1);
}
