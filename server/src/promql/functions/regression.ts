import { ABSENT } from '../../model/sample.ts';
import { EvaluationError } from '../errors.ts';
import { KahanSum } from '../evaluate/kahan.ts';
import type { Window } from '../evaluate/range-function.ts';
import { type FunctionTable, perWindow } from './function-table.ts';
import { regressionKernel } from './regression-kernel.ts';

/** Trends: least squares and double exponential smoothing. */
export const regressionFunctions: FunctionTable = new Map([
  [
    'deriv',
    perWindow((window) => (hasTwo(window) ? regress(window, window.timestamps[window.from] ?? 0).slope : ABSENT), {
      kernel: (setting) => regressionKernel(setting, { origin: 'firstSample', answer: ({ slope }) => slope }),
    }),
  ],
  [
    'predict_linear',
    perWindow(predict, {
      kernel: (setting) =>
        regressionKernel(setting, {
          origin: 'step',
          answer: ({ slope, intercept }, step) => slope * (setting.scalars[0]?.[step] ?? Number.NaN) + intercept,
        }),
    }),
  ],
  ['double_exponential_smoothing', perWindow(smooth)],
]);

function hasTwo({ from, to }: Window): boolean {
  return to - from >= 2;
}

function predict(window: Window): number {
  if (!hasTwo(window)) {
    return ABSENT;
  }
  const { slope, intercept } = regress(window, window.evaluationMs);
  return slope * (window.scalars[0] ?? 0) + intercept;
}

/** The least squares line; `intercept` is its value at `originMs`, `slope` is per second. */
function regress({ timestamps, values, from, to }: Window, originMs: number): { slope: number; intercept: number } {
  const sumX = new KahanSum();
  const sumY = new KahanSum();
  const sumXY = new KahanSum();
  const sumX2 = new KahanSum();
  const first = values[from] ?? 0;
  let constant = true;
  for (let i = from; i < to; i += 1) {
    const x = ((timestamps[i] ?? 0) - originMs) / 1000;
    const y = values[i] ?? 0;
    constant &&= i === from || y === first;
    sumX.add(x);
    sumY.add(y);
    sumXY.add(x * y);
    sumX2.add(x * x);
  }
  if (constant) {
    const line = Math.abs(first) === Number.POSITIVE_INFINITY ? Number.NaN : 0;
    return { slope: line, intercept: line + first };
  }
  const n = to - from;
  const covariance = sumXY.value - (sumX.value * sumY.value) / n;
  const variance = sumX2.value - (sumX.value * sumX.value) / n;
  const slope = covariance / variance;
  return { slope, intercept: sumY.value / n - (slope * sumX.value) / n };
}

/** Holt's linear method, see https://en.wikipedia.org/wiki/Exponential_smoothing. */
function smooth(window: Window): number {
  const { values, from, to } = window;
  const [smoothing = 0, trendFactor = 0] = window.scalars;
  checkFactor('smoothing', smoothing, 'sf');
  checkFactor('trend', trendFactor, 'tf');
  if (!hasTwo(window)) {
    return ABSENT;
  }
  let before = 0;
  let level = values[from] ?? 0;
  let trend = (values[from + 1] ?? 0) - level;
  for (let i = from + 1; i < to; i += 1) {
    if (i > from + 1) {
      trend = trendFactor * (level - before) + (1 - trendFactor) * trend;
    }
    const next = smoothing * (values[i] ?? 0) + (1 - smoothing) * (level + trend);
    before = level;
    level = next;
  }
  return level;
}

function checkFactor(name: string, factor: number, symbol: string): void {
  if (factor <= 0 || factor >= 1) {
    throw new EvaluationError(`invalid ${name} factor. Expected: 0 < ${symbol} < 1, got: ${factor.toFixed(6)}`);
  }
}
