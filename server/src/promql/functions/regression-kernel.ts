import { ABSENT } from '../../model/sample.ts';
import { KahanSum } from '../evaluate/kahan.ts';
import type { KernelSetting, SeriesKernel } from '../evaluate/range-function.ts';
import type { WindowCursor } from '../evaluate/window-cursor.ts';

/** What is asked of each window's least squares line. */
export interface LineQuestion {
  /** `deriv` measures time from a window's first sample, `predict_linear` from the step. */
  readonly origin: 'firstSample' | 'step';
  /** What to make of the line at a step. */
  readonly answer: (line: Line, step: number) => number;
}

/** `intercept` is the value at the origin, `slope` is per second. */
export interface Line {
  slope: number;
  intercept: number;
}

/**
 * Least squares lines of windows. What depends on the times alone is computed once for all series that share them. The sums
 * are those of `KahanSum`, with Knuth's way to what each addition leaves out, which gives the same numbers.
 */
export function regressionKernel({ windows, startMs, stepMs, spend }: KernelSetting, question: LineQuestion): SeriesKernel {
  const { from, to } = windows;
  const times = new WindowTimes(windows, question.origin === 'step' ? { startMs, stepMs } : undefined);
  const line: Line = { slope: 0, intercept: 0 };
  return ({ values, start, out, at }) => {
    times.follow();
    const { endStep } = windows;
    for (let step = windows.firstStep; step < endStep; step += 1) {
      const first = start + (from[step] ?? 0);
      const behind = start + (to[step] ?? 0);
      if (behind - first < 2) {
        out[at + step] = ABSENT;
        continue;
      }
      spend(behind - first);
      times.turnTo(step);
      fitLine(line, { values, first, behind }, times);
      out[at + step] = question.answer(line, step);
    }
  };
}

interface Samples {
  readonly values: Float64Array;
  readonly first: number;
  readonly behind: number;
}

function fitLine(line: Line, { values, first, behind }: Samples, { xs, start, sumX, sumX2 }: WindowTimes): void {
  const firstValue = values[first] ?? 0;
  const shift = start - first;
  let constant = true;
  let y = 0;
  let restY = 0;
  let xy = 0;
  let restXy = 0;
  for (let i = first; i < behind; i += 1) {
    const value = values[i] ?? 0;
    constant &&= i === first || value === firstValue;
    const nextY = y + value;
    const partY = nextY - y;
    restY += y - (nextY - partY) + (value - partY);
    y = nextY;
    const product = (xs[i + shift] ?? 0) * value;
    const nextXy = xy + product;
    const partXy = nextXy - xy;
    restXy += xy - (nextXy - partXy) + (product - partXy);
    xy = nextXy;
  }
  if (constant) {
    line.slope = Math.abs(firstValue) === Number.POSITIVE_INFINITY ? Number.NaN : 0;
    line.intercept = line.slope + firstValue;
    return;
  }
  const n = behind - first;
  // The rest of an infinite sum means nothing.
  const sumY = Math.abs(y) === Number.POSITIVE_INFINITY ? y : y + restY;
  const sumXy = Math.abs(xy) === Number.POSITIVE_INFINITY ? xy : xy + restXy;
  line.slope = (sumXy - (sumX * sumY) / n) / (sumX2 - (sumX * sumX) / n);
  line.intercept = sumY / n - (line.slope * sumX) / n;
}

/** So many times are kept for all windows of one list of timestamps; of more, each window's are computed again for each series. */
const MOST_TIMES = 262_144;

/** The times in each window, in seconds from its origin, and their sums. */
class WindowTimes {
  /** The times of the window turned to begin at `start`. */
  xs = new Float64Array(256);
  start = 0;
  sumX = 0;
  sumX2 = 0;
  readonly #windows: WindowCursor;
  readonly #evaluation: { readonly startMs: number; readonly stepMs: number } | undefined;
  readonly #starts: Int32Array;
  readonly #sums: Float64Array;
  readonly #squareSums: Float64Array;
  #isKept = false;
  #version = -1;

  /** `evaluation` gives the origin of each step; without it that is the window's first sample. */
  constructor(windows: WindowCursor, evaluation?: { readonly startMs: number; readonly stepMs: number }) {
    const { steps } = windows.grid;
    this.#windows = windows;
    this.#evaluation = evaluation;
    this.#starts = new Int32Array(steps);
    this.#sums = new Float64Array(steps);
    this.#squareSums = new Float64Array(steps);
  }

  /** Takes in that the windows may have moved to other timestamps. */
  follow(): void {
    if (this.#version === this.#windows.version) {
      return;
    }
    this.#version = this.#windows.version;
    const { from, to, firstStep, endStep } = this.#windows;
    let total = 0;
    let longest = 0;
    for (let step = firstStep; step < endStep; step += 1) {
      const size = (to[step] ?? 0) - (from[step] ?? 0);
      this.#starts[step] = total;
      total += size;
      longest = Math.max(longest, size);
    }
    this.#isKept = total <= MOST_TIMES;
    if (!this.#isKept) {
      this.#starts.fill(0);
    }
    const room = this.#isKept ? total : longest;
    if (this.xs.length < room) {
      this.xs = new Float64Array(Math.ceil(room * 1.25));
    }
    for (let step = firstStep; this.#isKept && step < endStep; step += 1) {
      this.#compute(step);
    }
  }

  turnTo(step: number): void {
    if (!this.#isKept) {
      this.#compute(step);
    }
    this.start = this.#starts[step] ?? 0;
    this.sumX = this.#sums[step] ?? 0;
    this.sumX2 = this.#squareSums[step] ?? 0;
  }

  #compute(step: number): void {
    const { from, to, timestamps } = this.#windows;
    const first = from[step] ?? 0;
    const behind = to[step] ?? 0;
    const evaluation = this.#evaluation;
    const originMs = evaluation === undefined ? (timestamps[first] ?? 0) : evaluation.startMs + step * evaluation.stepMs;
    const sumX = new KahanSum();
    const sumX2 = new KahanSum();
    let target = this.#starts[step] ?? 0;
    for (let i = first; i < behind; i += 1) {
      const x = ((timestamps[i] ?? 0) - originMs) / 1000;
      this.xs[target] = x;
      target += 1;
      sumX.add(x);
      sumX2.add(x * x);
    }
    this.#sums[step] = sumX.value;
    this.#squareSums[step] = sumX2.value;
  }
}
