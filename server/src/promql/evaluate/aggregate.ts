import { type Labels, METRIC_NAME } from '../../model/labels.ts';
import { ABSENT } from '../../model/sample.ts';
import { type Aggregate, type Expr, unwrapParens } from '../ast.ts';
import { EvaluationError } from '../errors.ts';
import { formatGoFloat, formatSampleValue, quoteGo } from '../format-value.ts';
import { type Accumulator, accumulatorOf } from './accumulators.ts';
import { selectRows } from './aggregate-k.ts';
import { type Grouping, groupRows, rowsByGroup } from './grouping.ts';
import { isQuantile, quantile } from './quantile.ts';
import { checkpointMask, type RowSource, RowTarget, rowsFrom, rowsOf } from './row-source.ts';
import { type EvaluationContext, RowBuilder, type VectorValue } from './values.ts';

/** Evaluates an aggregation over all steps; each label set is put into its group once. */
export function evaluateAggregate(context: EvaluationContext, expr: Aggregate): VectorValue {
  if (expr.op === 'count_values') {
    return countValues(context, expr);
  }
  const param = expr.param === null ? new Float64Array(0) : context.scalar(expr.param);
  if (expr.op === 'quantile') {
    return quantileOfGroups(context, expr, param);
  }
  const input = rowsFrom(context, expr.expr);
  const grouping = groupRows(input, expr);
  if (expr.op === 'topk' || expr.op === 'bottomk' || expr.op === 'limitk') {
    return selectRows(context, expr.op, { input, param, grouping });
  }
  const { accumulator, dropName } = accumulate(context, input, { expr, grouping });
  return { kind: 'vector', labels: grouping.labels, dropName, data: accumulator.finish() };
}

/** The groups of an aggregation with what has been added to each, for one that adds up row by row. */
export function gatherGroups(context: EvaluationContext, expr: Aggregate): Gathered & { readonly input: RowSource } {
  const input = rowsFrom(context, expr.expr);
  const grouping = groupRows(input, expr);
  return { ...accumulate(context, input, { expr, grouping }), input };
}

export interface Gathered {
  readonly grouping: Grouping;
  readonly accumulator: Accumulator;
  readonly dropName: readonly boolean[];
}

interface Accumulation {
  readonly expr: Aggregate;
  readonly grouping: Grouping;
}

/** Computes one row after the other and adds it to its group, so that the input is never held as a whole. */
function accumulate(context: EvaluationContext, input: RowSource, { expr, grouping }: Accumulation): Gathered {
  const { steps } = context.grid;
  const accumulator = emptyGroups(context, expr, grouping.size);
  const mask = checkpointMask(steps);
  const target = new RowTarget(new Float64Array(steps));
  const dropName = new Array<boolean>(grouping.size).fill(false);
  for (let row = 0; row < input.size; row += 1) {
    if ((row & mask) === 0) {
      context.checkpoint();
    }
    input.fill(row, target);
    const group = grouping.groupOf[row] ?? 0;
    accumulator.add(target, group * steps);
    if (dropName[group] === false && input.dropsNameAt(row) && target.hasPoint()) {
      dropName[group] = true;
    }
  }
  return { grouping, accumulator, dropName };
}

/** Room for so many groups, counted against the query's limit. */
export function emptyGroups(context: EvaluationContext, { op }: Aggregate, size: number): Accumulator {
  context.count(size);
  const accumulator = accumulatorOf(op, size * context.grid.steps);
  if (accumulator === undefined) {
    throw new TypeError(`${op} does not reduce a group to one value`);
  }
  return accumulator;
}

function quantileOfGroups(context: EvaluationContext, expr: Aggregate, param: Float64Array): VectorValue {
  const input = context.vector(expr.expr);
  if (expr.param !== null) {
    warnOfBadQuantiles(context, param, unwrapParens(expr.param));
  }
  const { steps } = context.grid;
  const { groupOf, labels, size } = groupRows(rowsOf(input, steps), expr);
  const data = context.allocate(size);
  const dropName: boolean[] = [];
  for (const [group, rows] of rowsByGroup(groupOf, size).entries()) {
    context.checkpoint();
    dropName.push(rows.some((row) => input.dropName[row]));
    const points = Array.from({ length: Math.min(STEPS_AT_ONCE, steps) }, () => new Float64Array(rows.length));
    const mask = checkpointMask(rows.length);
    for (let from = 0; from < steps; from += points.length) {
      if ((from & mask) < points.length) {
        context.checkpoint();
      }
      const counts = gatherPoints(input.data, points, { rows, steps, from });
      for (let step = from; step < Math.min(from + points.length, steps); step += 1) {
        const count = counts[step - from] ?? 0;
        const found = points[step - from];
        data[group * steps + step] = count === 0 || found === undefined ? ABSENT : quantile(param[step] ?? 0, found, count);
      }
    }
  }
  return { kind: 'vector', labels, dropName, data };
}

/** Points of a row that lie side by side come in one go. */
const STEPS_AT_ONCE = 8;

/** Takes the points of rows at some steps, those of each step into an array of its own. Returns how many there are at each. */
function gatherPoints(
  data: Float64Array,
  points: readonly Float64Array[],
  { rows, steps, from }: { readonly rows: Int32Array; readonly steps: number; readonly from: number },
): Int32Array {
  const counts = new Int32Array(points.length);
  const length = Math.min(points.length, steps - from);
  for (let i = 0; i < rows.length; i += 1) {
    const start = (rows[i] ?? 0) * steps + from;
    for (let step = 0; step < length; step += 1) {
      const value = data[start + step] ?? ABSENT;
      const target = points[step];
      if (value !== ABSENT && target !== undefined) {
        const count = counts[step] ?? 0;
        target[count] = value;
        counts[step] = count + 1;
      }
    }
  }
  return counts;
}

function warnOfBadQuantiles(context: EvaluationContext, values: Iterable<number>, at: Expr): void {
  for (const q of values) {
    if (!isQuantile(q)) {
      context.annotate('warning', `quantile value should be between 0 and 1, got ${formatGoFloat(q, 6)}`, at.span);
    }
  }
}

function countValues(context: EvaluationContext, expr: Aggregate): VectorValue {
  const param = expr.param === null ? null : unwrapParens(expr.param);
  const label = param?.kind === 'string' ? param.value : '';
  if (label === '' || !label.isWellFormed()) {
    throw new EvaluationError(`invalid label name ${quoteGo(label)}`);
  }
  const input = context.vector(expr.expr);
  const { steps } = context.grid;
  const builder = new RowBuilder(steps, context);
  const grouped = { ...expr, labels: expr.without ? expr.labels : [...expr.labels, label] };
  for (const [row, series] of input.labels.entries()) {
    const known = new Map<number, number>();
    for (let step = 0; step < steps; step += 1) {
      const value = input.data[row * steps + step] ?? ABSENT;
      if (value !== ABSENT) {
        const target = known.get(value) ?? builder.row(valueLabels(series, value, { label, grouped }), false);
        known.set(value, target);
        builder.add(target, step, 1);
      }
    }
  }
  return builder.build();
}

function valueLabels(series: Labels, value: number, { label, grouped }: { label: string; grouped: Aggregate }): Labels {
  const labelled = series.with({ [label]: formatSampleValue(value) });
  return grouped.without ? labelled.without([...grouped.labels, METRIC_NAME]) : labelled.only(grouped.labels);
}
