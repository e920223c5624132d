import { ABSENT } from '../../model/sample.ts';
import { KahanMean, KahanSum } from '../evaluate/kahan.ts';
import { isQuantile, quantile } from '../evaluate/quantile.ts';
import type { RangeInspection, Window } from '../evaluate/range-function.ts';
import { formatGoFloat } from '../format-value.ts';
import { type FunctionTable, perWindow } from './function-table.ts';

/** Aggregations over the samples of a window. */
export const overTimeFunctions: FunctionTable = new Map([
  ['sum_over_time', perWindow(sum)],
  ['avg_over_time', perWindow(mean)],
  ['min_over_time', perWindow((window) => window.values[extreme(window, isLess)] ?? ABSENT)],
  ['max_over_time', perWindow((window) => window.values[extreme(window, isMore)] ?? ABSENT)],
  ['count_over_time', perWindow(({ from, to }) => to - from)],
  ['stdvar_over_time', perWindow(variance)],
  ['stddev_over_time', perWindow((window) => Math.sqrt(variance(window)))],
  ['last_over_time', perWindow(({ values, to }) => values[to - 1] ?? ABSENT, { keepsName: true })],
  ['first_over_time', perWindow(({ values, from }) => values[from] ?? ABSENT, { keepsName: true })],
  ['present_over_time', perWindow(() => 1)],
  ['quantile_over_time', perWindow((window) => quantileOf(window, window.scalars[0] ?? 0), { inspect: inspectQuantile })],
  ['mad_over_time', perWindow(medianDeviation)],
  ['ts_of_first_over_time', perWindow(({ timestamps, from }) => (timestamps[from] ?? 0) / 1000)],
  ['ts_of_last_over_time', perWindow(({ timestamps, to }) => (timestamps[to - 1] ?? 0) / 1000)],
  ['ts_of_min_over_time', perWindow((window) => (window.timestamps[extreme(window, isAtMost)] ?? 0) / 1000)],
  ['ts_of_max_over_time', perWindow((window) => (window.timestamps[extreme(window, isAtLeast)] ?? 0) / 1000)],
]);

// The sums are written out with local variables, which is several times faster than an object in these innermost loops.
function sum({ values, from, to }: Window): number {
  let total = 0;
  let compensation = 0;
  for (let i = from; i < to; i += 1) {
    const value = values[i] ?? 0;
    const next = total + value;
    if (next === Number.POSITIVE_INFINITY || next === Number.NEGATIVE_INFINITY) {
      compensation = 0;
    } else {
      compensation += Math.abs(total) >= Math.abs(value) ? total - next + value : value - next + total;
    }
    total = next;
  }
  return Math.abs(total) === Number.POSITIVE_INFINITY ? total : total + compensation;
}

function mean(window: Window): number {
  const { values, from, to } = window;
  let total = values[from] ?? 0;
  let compensation = 0;
  for (let i = from + 1; i < to; i += 1) {
    const value = values[i] ?? 0;
    const next = total + value;
    if (next === Number.POSITIVE_INFINITY || next === Number.NEGATIVE_INFINITY) {
      return incrementalMean(window);
    }
    compensation += Math.abs(total) >= Math.abs(value) ? total - next + value : value - next + total;
    total = next;
  }
  return total / (to - from) + compensation / (to - from);
}

function incrementalMean({ values, from, to }: Window): number {
  const total = new KahanMean();
  for (let i = from; i < to; i += 1) {
    total.add(values[i] ?? 0);
  }
  return total.value;
}

function variance({ values, from, to }: Window): number {
  const average = new KahanSum();
  const squares = new KahanSum();
  for (let i = from; i < to; i += 1) {
    const value = values[i] ?? 0;
    const delta = value - average.value;
    average.add(delta / (i - from + 1));
    squares.add(delta * (value - average.value));
  }
  return squares.value / (to - from);
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
