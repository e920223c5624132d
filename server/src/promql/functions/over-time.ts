import { ABSENT } from '../../model/sample.ts';
import { KahanSum } from '../evaluate/kahan.ts';
import { isQuantile, quantile } from '../evaluate/quantile.ts';
import type { RangeInspection, Window } from '../evaluate/range-function.ts';
import { formatGoFloat } from '../format-value.ts';
import { type FunctionTable, perWindow } from './function-table.ts';
import { extremeKernel, quantileKernel } from './window-ranks.ts';
import { meanOf, sumKernel, sumOf, varianceKernel, varianceOf } from './window-sums.ts';

/** Aggregations over the samples of a window. */
export const overTimeFunctions: FunctionTable = new Map([
  ['sum_over_time', perWindow(sum, { kernel: (setting) => sumKernel(setting, 'sum'), weighted: weightedSum })],
  ['avg_over_time', perWindow(mean, { kernel: (setting) => sumKernel(setting, 'mean'), weighted: weightedMean })],
  [
    'min_over_time',
    perWindow((window) => window.values[extreme(window, isLess)] ?? ABSENT, { kernel: (setting) => extremeKernel(setting, 1) }),
  ],
  [
    'max_over_time',
    perWindow((window) => window.values[extreme(window, isMore)] ?? ABSENT, { kernel: (setting) => extremeKernel(setting, -1) }),
  ],
  ['count_over_time', perWindow(({ from, to }) => to - from, { weighted: weightedCount })],
  ['stdvar_over_time', perWindow(variance, { kernel: (setting) => varianceKernel(setting, (square) => square) })],
  [
    'stddev_over_time',
    perWindow((window) => Math.sqrt(variance(window)), { kernel: (setting) => varianceKernel(setting, Math.sqrt) }),
  ],
  ['last_over_time', perWindow(({ values, to }) => values[to - 1] ?? ABSENT, { keepsName: true })],
  ['first_over_time', perWindow(({ values, from }) => values[from] ?? ABSENT, { keepsName: true })],
  ['present_over_time', perWindow(() => 1)],
  [
    'quantile_over_time',
    perWindow((window) => quantileOf(window, window.scalars[0] ?? 0), {
      kernel: quantileKernel,
      inspect: inspectQuantile,
      isInspected: hasBadQuantile,
    }),
  ],
  ['mad_over_time', perWindow(medianDeviation)],
  ['ts_of_first_over_time', perWindow(({ timestamps, from }) => (timestamps[from] ?? 0) / 1000)],
  ['ts_of_last_over_time', perWindow(({ timestamps, to }) => (timestamps[to - 1] ?? 0) / 1000)],
  ['ts_of_min_over_time', perWindow((window) => (window.timestamps[extreme(window, isAtMost)] ?? 0) / 1000)],
  ['ts_of_max_over_time', perWindow((window) => (window.timestamps[extreme(window, isAtLeast)] ?? 0) / 1000)],
]);

function sum({ values, from, to }: Window): number {
  return sumOf(values, from, to);
}

function mean({ values, from, to }: Window): number {
  return meanOf(values, from, to);
}

function weightedSum({ values, from, to }: Window, weights: Float64Array): number {
  const total = new KahanSum();
  for (let i = from; i < to; i += 1) {
    total.add((values[i] ?? 0) * (weights[i] ?? 1));
  }
  return total.value;
}

function weightedCount({ from, to }: Window, weights: Float64Array): number {
  return sumOf(weights, from, to);
}

function weightedMean(window: Window, weights: Float64Array): number {
  return weightedSum(window, weights) / weightedCount(window, weights);
}

function variance({ values, from, to }: Window): number {
  return varianceOf(values, from, to);
}

type Beats = (value: number, best: number) => boolean;

const isLess: Beats = (value, best) => value < best;
const isMore: Beats = (value, best) => value > best;
const isAtMost: Beats = (value, best) => value <= best;
const isAtLeast: Beats = (value, best) => value >= best;

/** The index of the value that beats the others; anything beats NaN. */
function extreme({ values, from, to }: Window, beats: Beats): number {
  let best = from;
  for (let i = from; i < to; i += 1) {
    const champion = values[best] ?? 0;
    if (beats(values[i] ?? 0, champion) || Number.isNaN(champion)) {
      best = i;
    }
  }
  return best;
}

function quantileOf({ values, from, to }: Window, q: number): number {
  return quantile(q, values.slice(from, to));
}

function medianDeviation(window: Window): number {
  const values = window.values.slice(window.from, window.to);
  if (values.some(Number.isNaN)) {
    return Number.NaN;
  }
  const median = quantile(0.5, values);
  return quantile(
    0.5,
    values.map((value) => Math.abs(value - median)),
  );
}

function hasBadQuantile(_series: unknown, scalars: readonly Float64Array[]): boolean {
  return scalars[0]?.every(isQuantile) === false;
}

function inspectQuantile({ context, result, scalars, scalarSpans }: RangeInspection): void {
  const { steps } = context.grid;
  const [span] = scalarSpans;
  for (const [step, q] of (scalars[0] ?? []).entries()) {
    const hasPoint = result.labels.some((_, row) => result.data[row * steps + step] !== ABSENT);
    if (span !== undefined && !isQuantile(q) && hasPoint) {
      context.annotate('warning', `quantile value should be between 0 and 1, got ${formatGoFloat(q, 6)}`, span);
    }
  }
}
