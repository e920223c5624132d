import type { Labels } from '../../model/labels.ts';
import { ABSENT } from '../../model/sample.ts';
import type { Call, Expr } from '../ast.ts';
import { EvaluationError } from '../errors.ts';
import { LabelGroups } from '../evaluate/label-groups.ts';
import { isQuantile } from '../evaluate/quantile.ts';
import { type EvaluationContext, RowBuilder, type VectorValue } from '../evaluate/values.ts';
import { formatGoFloat, formatSampleValue } from '../format-value.ts';
import {
  type Bucket,
  type BucketColumns,
  bucketFraction,
  bucketQuantile,
  type Correction,
  properQuantile,
} from './bucket-quantile.ts';
import { argument, type FunctionImplementation, type FunctionTable, stringArgument } from './function-table.ts';

/** Functions of classic histograms: one series a bucket, its upper bound in the label `le`. */
export const histogramFunctions: FunctionTable = new Map<string, FunctionImplementation>([
  ['histogram_quantile', histogramQuantile],
  ['histogram_quantiles', histogramQuantiles],
  ['histogram_fraction', histogramFraction],
  // These read native histograms only, which the store does not hold yet.
  ['histogram_count', noPoints],
  ['histogram_sum', noPoints],
  ['histogram_avg', noPoints],
  ['histogram_stddev', noPoints],
  ['histogram_stdvar', noPoints],
]);

function noPoints(context: EvaluationContext, call: Call): VectorValue {
  context.vector(argument(call, 0));
  return { kind: 'vector', labels: [], dropName: [], data: new Float64Array(0) };
}

function histogramQuantile(context: EvaluationContext, call: Call): VectorValue {
  const quantiles = quantileArgument(context, argument(call, 0));
  const histograms = histogramsOf(context, argument(call, 1));
  return perHistogram(context, histograms, {
    quickValueOf: (columns, step) => properQuantile(quantiles[step] ?? Number.NaN, columns),
    valueOf: (buckets, step) => bucketQuantile(quantiles[step] ?? Number.NaN, buckets),
    labelsOf: (labels) => labels,
    annotateAt: argument(call, 1),
  });
}

function histogramQuantiles(context: EvaluationContext, call: Call): VectorValue {
  const label = stringArgument(call, 1);
  if (label === '' || !label.isWellFormed()) {
    throw new EvaluationError(`invalid label name ${JSON.stringify(label)}`);
  }
  const histograms = histogramsOf(context, argument(call, 0));
  const builder = new RowBuilder(context.grid.steps, context);
  for (const arg of call.args.slice(2)) {
    const quantiles = quantileArgument(context, arg);
    const value = openMetricsFloat(quantiles[0] ?? Number.NaN);
    const part = perHistogram(context, histograms, {
      quickValueOf: (columns, step) => properQuantile(quantiles[step] ?? Number.NaN, columns),
      valueOf: (buckets, step) => bucketQuantile(quantiles[step] ?? Number.NaN, buckets),
      labelsOf: (labels) => labels.with({ [label]: value }),
      annotateAt: argument(call, 0),
    });
    copyRows(part, builder, context.grid.steps);
  }
  return builder.build();
}

function copyRows(from: VectorValue, to: RowBuilder, steps: number): void {
  for (const [row, labels] of from.labels.entries()) {
    const target = to.row(labels, from.dropName[row] ?? false);
    for (let step = 0; step < steps; step += 1) {
      const value = from.data[row * steps + step] ?? ABSENT;
      if (value !== ABSENT) {
        to.put(target, step, value);
      }
    }
  }
}

function openMetricsFloat(value: number): string {
  const text = formatSampleValue(value);
  return /^-?\d+$/.test(text) ? `${text}.0` : text;
}

function histogramFraction(context: EvaluationContext, call: Call): VectorValue {
  const lower = context.scalar(argument(call, 0));
  const upper = context.scalar(argument(call, 1));
  const histograms = histogramsOf(context, argument(call, 2));
  return perHistogram(context, histograms, {
    valueOf: (buckets, step) => ({ value: bucketFraction(lower[step] ?? 0, upper[step] ?? 0, buckets) }),
    labelsOf: (labels) => labels,
    annotateAt: argument(call, 2),
  });
}

function quantileArgument(context: EvaluationContext, arg: Expr): Float64Array {
  const quantiles = context.scalar(arg);
  for (const q of quantiles) {
    if (!isQuantile(q)) {
      context.annotate('warning', `quantile value should be between 0 and 1, got ${formatGoFloat(q, 6)}`, arg.span);
    }
  }
  return quantiles;
}

interface Histogram {
  readonly labels: Labels;
  /** Rows of the input with their upper bounds, rising. */
  readonly rows: { readonly row: number; readonly upperBound: number }[];
}

interface Histograms {
  readonly input: VectorValue;
  readonly all: readonly Histogram[];
}

function histogramsOf(context: EvaluationContext, arg: Expr): Histograms {
  const input = context.vector(arg);
  const groups = new LabelGroups({ names: ['le'], isWithout: true });
  const bounds = new Map<string, number | undefined>();
  const all: Histogram[] = [];
  for (const [row, series] of input.labels.entries()) {
    const text = series.get('le');
    const upperBound = bounds.has(text) ? bounds.get(text) : parseBound(text);
    bounds.set(text, upperBound);
    if (upperBound === undefined) {
      warnOfBadBound(context, series, arg);
      continue;
    }
    const group = groups.number(series);
    const histogram = all[group] ?? { labels: groups.shared(series), rows: [] };
    all[group] = histogram;
    histogram.rows.push({ row, upperBound });
  }
  for (const { rows } of all) {
    rows.sort((a, b) => (a.upperBound === b.upperBound ? 0 : a.upperBound - b.upperBound));
  }
  return { input, all };
}

function warnOfBadBound(context: EvaluationContext, series: Labels, arg: Expr): void {
  const name = series.metricName === '' ? '' : ` for metric name ${JSON.stringify(series.metricName)}`;
  const reason = `bucket label "le" is missing or has a malformed value of ${JSON.stringify(series.get('le'))}`;
  context.annotate('warning', reason + name, arg.span);
}

/** The number an `le` label stands for, or `undefined`. */
export function parseBound(text: string): number | undefined {
  if (/^[+-]?inf(inity)?$/i.test(text)) {
    return text.startsWith('-') ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  }
  return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) ? Number(text) : undefined;
}

interface PerHistogram {
  /** The value where it can be had without objects for buckets. */
  readonly quickValueOf?: (columns: BucketColumns, step: number) => number | undefined;
  readonly valueOf: (buckets: Bucket[], step: number) => { readonly value: number; readonly forced?: Correction };
  readonly labelsOf: (labels: Labels) => Labels;
  readonly annotateAt: Expr;
}

function perHistogram(context: EvaluationContext, { input, all }: Histograms, options: PerHistogram): VectorValue {
  const { steps } = context.grid;
  const data = context.allocate(all.length).fill(ABSENT);
  const most = all.reduce((size, { rows }) => Math.max(size, rows.length), 0);
  const columns = { upperBounds: new Float64Array(most), counts: new Float64Array(most), size: 0 };
  const correctionsByName = new Map<string, Corrections>();
  for (const [index, { labels, rows }] of all.entries()) {
    context.checkpoint();
    const corrections = correctionsByName.get(labels.metricName) ?? new Corrections();
    correctionsByName.set(labels.metricName, corrections);
    for (let step = 0; step < steps; step += 1) {
      gather(columns, rows, { data: input.data, steps, step });
      if (columns.size === 0) {
        continue;
      }
      const quick = options.quickValueOf?.(columns, step);
      if (quick === undefined) {
        const { value, forced } = options.valueOf(bucketsOf(columns), step);
        data[index * steps + step] = value;
        corrections.add(forced, context.grid.startMs + step * context.grid.stepMs);
      } else {
        data[index * steps + step] = quick;
      }
    }
  }
  for (const [name, corrections] of correctionsByName) {
    corrections.annotate(context, name, options.annotateAt);
  }
  return {
    kind: 'vector',
    labels: all.map(({ labels }) => options.labelsOf(labels)),
    dropName: all.map(() => true),
    data,
  };
}

interface StepOfRows {
  readonly data: Float64Array;
  readonly steps: number;
  readonly step: number;
}

/** Puts the buckets that have a point at a step side by side. */
function gather(columns: BucketColumns, rows: Histogram['rows'], { data, steps, step }: StepOfRows): void {
  columns.size = 0;
  for (const { row, upperBound } of rows) {
    const count = data[row * steps + step] ?? ABSENT;
    if (count !== ABSENT) {
      columns.upperBounds[columns.size] = upperBound;
      columns.counts[columns.size] = count;
      columns.size += 1;
    }
  }
}

function bucketsOf({ upperBounds, counts, size }: BucketColumns): Bucket[] {
  return Array.from({ length: size }, (_, i) => ({ upperBound: upperBounds[i] ?? 0, count: counts[i] ?? 0 }));
}

/** What was done to the buckets of all histograms of one metric over all steps, for one annotation. */
class Corrections {
  #all: Correction | undefined;
  #samples = 0;
  #firstMs = 0;
  #lastMs = 0;

  add(correction: Correction | undefined, timeMs: number): void {
    if (correction === undefined) {
      return;
    }
    const before = this.#all ?? correction;
    this.#firstMs = this.#samples === 0 ? timeMs : Math.min(this.#firstMs, timeMs);
    this.#lastMs = this.#samples === 0 ? timeMs : Math.max(this.#lastMs, timeMs);
    this.#samples += 1;
    this.#all = {
      minBound: Math.min(before.minBound, correction.minBound),
      maxBound: Math.max(before.maxBound, correction.maxBound),
      maxDifference: Math.max(before.maxDifference, correction.maxDifference),
    };
  }

  annotate(context: EvaluationContext, metricName: string, arg: Expr): void {
    if (this.#all === undefined) {
      return;
    }
    const { minBound, maxBound, maxDifference } = this.#all;
    const name = metricName === '' ? '' : ` for metric name ${JSON.stringify(metricName)}`;
    context.annotate(
      'info',
      'input to histogram_quantile needed to be fixed for monotonicity ' +
        `(see https://prometheus.io/docs/prometheus/latest/querying/functions/#histogram_quantile)${name}, ` +
        `from buckets ${formatGoFloat(minBound, 6)} to ${formatGoFloat(maxBound, 6)}, ` +
        `with a max diff of ${twoDigits(maxDifference)}, ` +
        `over ${this.#samples} samples from ${rfc3339(this.#firstMs)} to ${rfc3339(this.#lastMs)}`,
      arg.span,
    );
  }
}

/** A number as Go's `%.2g` prints it. */
function twoDigits(value: number): string {
  const rounded = Number(value.toPrecision(2));
  const exponent = rounded === 0 ? 0 : Math.floor(Math.log10(Math.abs(rounded)));
  if (exponent >= -4 && exponent < 2) {
    return formatSampleValue(rounded);
  }
  const [mantissa, power = '0'] = rounded.toExponential().split('e');
  return `${mantissa}e${power.startsWith('-') ? '-' : '+'}${power.replace(/^[-+]/, '').padStart(2, '0')}`;
}

function rfc3339(timeMs: number): string {
  return `${new Date(Math.trunc(timeMs / 1000) * 1000).toISOString().slice(0, 19)}Z`;
}
