import { ABSENT } from '../../model/sample.ts';
import { KahanMean } from '../evaluate/kahan.ts';
import type { KernelSetting, SeriesKernel } from '../evaluate/range-function.ts';
import type { WindowCursor } from '../evaluate/window-cursor.ts';

/** The sum or mean of each window. */
export type SumKind = 'sum' | 'mean';

/**
 * Sums of windows. Few or small windows are summed one by one as Prometheus does. Where windows overlap much, each is the
 * difference of two running sums held to about 32 digits, so that it equals the plain compensated sum to the last digit or
 * two; where that cannot be promised (values of very different size, infinities, NaN) the window is summed by itself.
 */
export function sumKernel({ windows, spend }: KernelSetting, kind: SumKind): SeriesKernel {
  const { from, to } = windows;
  const running = new RunningSums();
  const direct = kind === 'sum' ? sumOf : meanOf;
  return ({ timestamps, values, start, out, at }) => {
    const isRunning = overlapsMuch(windows, timestamps.length) && running.build(values, start, timestamps.length);
    const { endStep } = windows;
    for (let step = windows.firstStep; step < endStep; step += 1) {
      const first = from[step] ?? 0;
      const behind = to[step] ?? 0;
      if (first === behind) {
        out[at + step] = ABSENT;
        continue;
      }
      const quick = isRunning ? running.between(first, behind) : Number.NaN;
      if (Number.isNaN(quick)) {
        spend(behind - first);
        out[at + step] = direct(values, start + first, start + behind);
      } else {
        out[at + step] = kind === 'sum' ? quick : running.high / (behind - first) + running.low / (behind - first);
      }
    }
  };
}

/** Whether all windows together look at every sample more than a few times. */
function overlapsMuch({ from, to, firstStep, endStep }: WindowCursor, samples: number): boolean {
  const steps = endStep - firstStep;
  const middle = (firstStep + endStep) >> 1;
  return steps > 4 && ((to[middle] ?? 0) - (from[middle] ?? 0)) * steps > 4 * samples;
}

// Each addition to a running sum is off by less than this share of all that went into it.
const ADDITION_ERROR = 2 ** -103;
// Of a window's sum at most this share may be off.
const ALLOWED_ERROR = 2 ** -52;

/** Sums of all samples before each index, each the unevaluated sum of two numbers (double-double). */
class RunningSums {
  /** The last answer of `between` in two parts. */
  high = 0;
  low = 0;
  #highs = new Float64Array(256);
  #lows = new Float64Array(256);
  /** How many samples before each index are not zero. */
  #counts = new Int32Array(256);
  #error = 0;

  /** Whether there are running sums: not when a value or a sum is NaN or infinite. */
  build(values: Float64Array, start: number, length: number): boolean {
    if (this.#highs.length <= length) {
      this.#highs = new Float64Array(length * 2);
      this.#lows = new Float64Array(length * 2);
      this.#counts = new Int32Array(length * 2);
    }
    const highs = this.#highs;
    const lows = this.#lows;
    const counts = this.#counts;
    let count = 0;
    let high = 0;
    let low = 0;
    let magnitude = 0;
    for (let i = 0; i < length; i += 1) {
      const value = values[start + i] ?? 0;
      // Knuth's exact sum of two numbers, then its rest joined with the rest so far, then both made tight again.
      const sum = high + value;
      const part = sum - high;
      const rest = high - (sum - part) + (value - part) + low;
      high = sum + rest;
      low = rest - (high - sum);
      highs[i + 1] = high;
      lows[i + 1] = low;
      magnitude += Math.abs(value);
      count += value === 0 && 1 / value > 0 ? 0 : 1;
      counts[i + 1] = count;
    }
    this.#error = magnitude * length * ADDITION_ERROR;
    return magnitude < Number.MAX_VALUE;
  }

  /** The sum of the samples from `first` up to before `behind`, NaN when it is not known well enough. */
  between(first: number, behind: number): number {
    const upper = this.#highs[behind] ?? 0;
    const lower = -(this.#highs[first] ?? 0);
    const sum = upper + lower;
    const part = sum - upper;
    const rest = upper - (sum - part) + (lower - part) + ((this.#lows[behind] ?? 0) - (this.#lows[first] ?? 0));
    this.high = sum + rest;
    this.low = rest - (this.high - sum);
    if (this.#error <= Math.abs(this.high) * ALLOWED_ERROR && this.high !== 0) {
      return this.high;
    }
    return this.#counts[behind] === this.#counts[first] ? 0 : Number.NaN;
  }
}

// The sums are written out with local variables, which is several times faster than an object in these innermost loops.

/** The compensated sum of `values[from]` up to before `values[to]`. */
export function sumOf(values: Float64Array, from: number, to: number): number {
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

/** Their mean; incremental where the sum would overflow. */
export function meanOf(values: Float64Array, from: number, to: number): number {
  let total = values[from] ?? 0;
  let compensation = 0;
  for (let i = from + 1; i < to; i += 1) {
    const value = values[i] ?? 0;
    const next = total + value;
    if (next === Number.POSITIVE_INFINITY || next === Number.NEGATIVE_INFINITY) {
      return incrementalMean(values.subarray(from, to));
    }
    compensation += Math.abs(total) >= Math.abs(value) ? total - next + value : value - next + total;
    total = next;
  }
  return total / (to - from) + compensation / (to - from);
}

function incrementalMean(values: Float64Array): number {
  const total = new KahanMean();
  for (const value of values) {
    total.add(value);
  }
  return total.value;
}

/**
 * The variance of each window; `finish` is the square root for the standard deviation. Two windows of one length are computed
 * side by side: each is one long chain of operations that wait for each other, so two take little longer than one.
 */
export function varianceKernel({ windows, spend }: KernelSetting, finish: (variance: number) => number): SeriesKernel {
  const { from, to } = windows;
  const pair = new Float64Array(2);
  return ({ values, start, out, at }) => {
    const { endStep } = windows;
    for (let step = windows.firstStep; step < endStep; step += 1) {
      const first = start + (from[step] ?? 0);
      const size = start + (to[step] ?? 0) - first;
      spend(size);
      if (size === 0) {
        out[at + step] = ABSENT;
        continue;
      }
      const second = start + (from[step + 1] ?? 0);
      if (step + 1 < endStep && start + (to[step + 1] ?? 0) - second === size) {
        variancesOf(values, { first, second, size }, pair);
        out[at + step] = finish(pair[0] ?? 0);
        step += 1;
        out[at + step] = finish(pair[1] ?? 0);
      } else {
        out[at + step] = finish(varianceOf(values, first, first + size));
      }
    }
  };
}

interface TwoWindows {
  readonly first: number;
  readonly second: number;
  readonly size: number;
}

/** `varianceOf` of two windows of one length, without the case of sums that become infinite. */
function variancesOf(values: Float64Array, { first, second, size }: TwoWindows, pair: Float64Array): void {
  let meanA = 0;
  let meanRestA = 0;
  let squaresA = 0;
  let squaresRestA = 0;
  let meanB = 0;
  let meanRestB = 0;
  let squaresB = 0;
  let squaresRestB = 0;
  for (let i = 0; i < size; i += 1) {
    const valueA = values[first + i] ?? 0;
    const valueB = values[second + i] ?? 0;
    const deltaA = valueA - (meanA + meanRestA);
    const deltaB = valueB - (meanB + meanRestB);
    const shiftA = deltaA / (i + 1);
    const shiftB = deltaB / (i + 1);
    const nextA = meanA + shiftA;
    const nextB = meanB + shiftB;
    const partA = nextA - meanA;
    const partB = nextB - meanB;
    meanRestA += meanA - (nextA - partA) + (shiftA - partA);
    meanRestB += meanB - (nextB - partB) + (shiftB - partB);
    meanA = nextA;
    meanB = nextB;
    const squareA = deltaA * (valueA - (meanA + meanRestA));
    const squareB = deltaB * (valueB - (meanB + meanRestB));
    const sumA = squaresA + squareA;
    const sumB = squaresB + squareB;
    const restA = sumA - squaresA;
    const restB = sumB - squaresB;
    squaresRestA += squaresA - (sumA - restA) + (squareA - restA);
    squaresRestB += squaresB - (sumB - restB) + (squareB - restB);
    squaresA = sumA;
    squaresB = sumB;
  }
  const varianceA = (squaresA + squaresRestA) / size;
  const varianceB = (squaresB + squaresRestB) / size;
  pair[0] = Number.isFinite(varianceA) ? varianceA : varianceOf(values, first, first + size);
  pair[1] = Number.isFinite(varianceB) ? varianceB : varianceOf(values, second, second + size);
}

/** Their variance by Welford's method with compensated sums, as Prometheus computes it. */
export function varianceOf(values: Float64Array, from: number, to: number): number {
  let mean = 0;
  let meanRest = 0;
  let squares = 0;
  let squaresRest = 0;
  for (let i = from; i < to; i += 1) {
    const value = values[i] ?? 0;
    const delta = value - (mean + meanRest);
    const shift = delta / (i - from + 1);
    const nextMean = mean + shift;
    if (nextMean === Number.POSITIVE_INFINITY || nextMean === Number.NEGATIVE_INFINITY) {
      meanRest = 0;
    } else {
      meanRest += Math.abs(mean) >= Math.abs(shift) ? mean - nextMean + shift : shift - nextMean + mean;
    }
    mean = nextMean;
    const square = delta * (value - (mean + meanRest));
    const nextSquares = squares + square;
    if (nextSquares === Number.POSITIVE_INFINITY || nextSquares === Number.NEGATIVE_INFINITY) {
      squaresRest = 0;
    } else {
      squaresRest += Math.abs(squares) >= Math.abs(square) ? squares - nextSquares + square : square - nextSquares + squares;
    }
    squares = nextSquares;
  }
  return (squares + squaresRest) / (to - from);
}
