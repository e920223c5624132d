import { type Labels, METRIC_NAME } from '../../model/labels.ts';
import { ABSENT } from '../../model/sample.ts';
import { type Aggregate, type AggregateOperator, type Expr, unwrapParens } from '../ast.ts';
import { EvaluationError } from '../errors.ts';
import { formatGoFloat, formatSampleValue, quoteGo } from '../format-value.ts';
import { selectK } from './aggregate-k.ts';
import { KahanMean, KahanSum } from './kahan.ts';
import { isQuantile, quantile } from './quantile.ts';
import { type EvaluationContext, RowBuilder, type VectorValue } from './values.ts';

/** Rows of the input by group, in order of first appearance. */
export interface Grouping {
  readonly labels: readonly Labels[];
  readonly dropName: readonly boolean[];
  readonly rows: readonly (readonly number[])[];
}

/** Evaluates an aggregation over all steps; each label set is put into its group once. */
export function evaluateAggregate(context: EvaluationContext, expr: Aggregate): VectorValue {
  if (expr.op === 'count_values') {
    return countValues(context, expr);
  }
  const param = expr.param === null ? null : context.scalar(expr.param);
  const input = context.vector(expr.expr);
  if (expr.op === 'topk' || expr.op === 'bottomk' || expr.op === 'limitk') {
    return selectK(context, expr.op, { input, param: param ?? new Float64Array(0), grouping: groupRows(input, expr) });
  }
  if (expr.op === 'quantile' && expr.param !== null) {
    warnOfBadQuantiles(context, param ?? [], expr.param);
  }
  return reduceGroups(context, groupRows(input, expr), { op: expr.op, input, param });
}

/** Puts every row into its group. */
export function groupRows(input: VectorValue, expr: Aggregate): Grouping {
  const index = new Map<string, number>();
  const labels: Labels[] = [];
  const dropName: boolean[] = [];
  const rows: number[][] = [];
  const without = [...expr.labels, METRIC_NAME];
  for (const [row, series] of input.labels.entries()) {
    const key = expr.without ? series.without(without).key : groupKey(series, expr.labels);
    let group = index.get(key);
    if (group === undefined) {
      group = labels.length;
      index.set(key, group);
      labels.push(expr.without ? series.without(without) : series.only(expr.labels));
      dropName.push(false);
      rows.push([]);
    }
    rows[group]?.push(row);
    dropName[group] ||= input.dropName[row] ?? false;
  }
  return { labels, dropName, rows };
}

function groupKey(series: Labels, names: readonly string[]): string {
  let key = '';
  for (const name of names) {
    key += `${series.get(name)}\udfff`;
  }
  return key;
}

interface Reduction {
  readonly op: AggregateOperator;
  readonly input: VectorValue;
  readonly param: Float64Array | null;
}

function reduceGroups(context: EvaluationContext, grouping: Grouping, { op, input, param }: Reduction): VectorValue {
  const { steps } = context.grid;
  const data = context.allocate(grouping.rows.length);
  const largest = grouping.rows.reduce((most, rows) => Math.max(most, rows.length), 0);
  const points = new Float64Array(largest);
  const reduce = reducer(op);
  for (const [group, rows] of grouping.rows.entries()) {
    context.checkpoint();
    for (let step = 0; step < steps; step += 1) {
      let count = 0;
      for (let i = 0; i < rows.length; i += 1) {
        const value = input.data[(rows[i] ?? 0) * steps + step] ?? ABSENT;
        if (value !== ABSENT) {
          points[count] = value;
          count += 1;
        }
      }
      data[group * steps + step] = count === 0 ? ABSENT : reduce(points, count, param?.[step] ?? 0);
    }
  }
  return { kind: 'vector', labels: grouping.labels, dropName: grouping.dropName, data };
}

type Reducer = (points: Float64Array, count: number, param: number) => number;

function reducer(op: AggregateOperator): Reducer {
  switch (op) {
    case 'sum':
      return sum;
    case 'avg':
      return average();
    case 'min':
      return minimum;
    case 'max':
      return maximum;
    case 'count':
      return (_points, count) => count;
    case 'group':
      return () => 1;
    case 'stdvar':
      return variance;
    case 'stddev':
      return (points, count) => Math.sqrt(variance(points, count));
    case 'quantile':
      return (points, count, q) => quantile(q, points, count);
    default:
      throw new TypeError(`${op} does not reduce a group to one value`);
  }
}

function sum(points: Float64Array, count: number): number {
  const total = new KahanSum(points[0] ?? 0);
  for (let i = 1; i < count; i += 1) {
    total.add(points[i] ?? 0);
  }
  return total.value;
}

function average(): Reducer {
  const mean = new KahanMean();
  return (points, count) => {
    mean.clear();
    for (let i = 0; i < count; i += 1) {
      mean.add(points[i] ?? 0);
    }
    return mean.value;
  };
}

function minimum(points: Float64Array, count: number): number {
  let least = points[0] ?? 0;
  for (let i = 1; i < count; i += 1) {
    const value = points[i] ?? 0;
    if (least > value || Number.isNaN(least)) {
      least = value;
    }
  }
  return least;
}

function maximum(points: Float64Array, count: number): number {
  let most = points[0] ?? 0;
  for (let i = 1; i < count; i += 1) {
    const value = points[i] ?? 0;
    if (most < value || Number.isNaN(most)) {
      most = value;
    }
  }
  return most;
}

function variance(points: Float64Array, count: number): number {
  const first = points[0] ?? 0;
  let mean = first;
  let squares = Number.isFinite(first) ? 0 : Number.NaN;
  for (let i = 1; i < count; i += 1) {
    const value = points[i] ?? 0;
    const delta = value - mean;
    mean += delta / (i + 1);
    squares += delta * (value - mean);
  }
  return squares / count;
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
