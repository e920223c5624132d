import { ABSENT } from '../../model/sample.ts';
import type { KernelSetting, SeriesKernel } from '../evaluate/range-function.ts';
import type { WindowCursor } from '../evaluate/window-cursor.ts';

export interface ChangeOptions {
  readonly counter: boolean;
  readonly perSecond: boolean;
}

/**
 * The change between the first and last sample, extrapolated to the window's ends as far as the samples' spacing makes it
 * likely that the series covers them, and for counters no further down than zero. ABSENT with fewer than two samples.
 * What depends on the times alone is computed once for all series that share them.
 */
export function extrapolationKernel({ windows, spend }: KernelSetting, { counter, perSecond }: ChangeOptions): SeriesKernel {
  const { from, to } = windows;
  const spans = new WindowSpans(windows, perSecond);
  const { sampled, toStart, toEnd, factors } = spans;
  const perRange = perSecond ? windows.grid.rangeMs / 1000 : 1;
  const drops = new Drops();
  return ({ timestamps, values, start, out, at }) => {
    spans.update();
    const hasDrops = counter && drops.find(values, start, timestamps.length);
    const { endStep } = windows;
    for (let step = windows.firstStep; step < endStep; step += 1) {
      const first = from[step] ?? 0;
      const behind = to[step] ?? 0;
      if (behind - first < 2) {
        out[at + step] = ABSENT;
        continue;
      }
      const firstValue = values[start + first] ?? 0;
      let change = (values[start + behind - 1] ?? 0) - firstValue;
      if (hasDrops) {
        spend(behind - first);
        change = drops.corrected(change, first, behind);
      }
      let factor = factors[step] ?? 0;
      // Further off, zero lies outside the window's reach, which is at most 1.1 times what is sampled.
      if (counter && change > 0 && firstValue >= 0 && firstValue < 1.2 * change) {
        const span = sampled[step] ?? 0;
        const toZero = span * (firstValue / change);
        if (toZero < (toStart[step] ?? 0)) {
          factor = (span + toZero + (toEnd[step] ?? 0)) / span / perRange;
        }
      }
      out[at + step] = change * factor;
    }
  };
}

/** Where one series goes down: a counter was reset there. */
class Drops {
  #values: Float64Array = new Float64Array(0);
  #start = 0;
  /** Indices of the samples below the one before, rising. */
  #at = new Int32Array(16);
  #count = 0;
  /** The first that lies behind the start of the last window asked for. */
  #next = 0;

  /** Turns to another series. Returns whether it goes down anywhere. */
  find(values: Float64Array, start: number, count: number): boolean {
    this.#values = values;
    this.#start = start;
    this.#count = 0;
    this.#next = 0;
    let before = Number.NEGATIVE_INFINITY;
    for (let i = 0; i < count; i += 1) {
      const value = values[start + i] ?? 0;
      if (value < before) {
        this.#add(i);
      }
      before = value;
    }
    return this.#count > 0;
  }

  /** The change between two samples with what was lost at resets between them. Windows must move forward. */
  corrected(change: number, first: number, behind: number): number {
    while (this.#next < this.#count && (this.#at[this.#next] ?? 0) <= first) {
      this.#next += 1;
    }
    let whole = change;
    for (let i = this.#next; i < this.#count && (this.#at[i] ?? 0) < behind; i += 1) {
      whole += this.#values[this.#start + (this.#at[i] ?? 0) - 1] ?? 0;
    }
    return whole;
  }

  #add(index: number): void {
    if (this.#count === this.#at.length) {
      const larger = new Int32Array(this.#count * 2);
      larger.set(this.#at);
      this.#at = larger;
    }
    this.#at[this.#count] = index;
    this.#count += 1;
  }
}

/** How far the samples of each window reach, in seconds, and how far beyond them the change is to be extrapolated. */
class WindowSpans {
  readonly sampled: Float64Array;
  readonly toStart: Float64Array;
  readonly toEnd: Float64Array;
  /** By what to multiply the change between the samples, unless zero comes first. */
  readonly factors: Float64Array;
  readonly #windows: WindowCursor;
  readonly #perSecond: boolean;
  #version = -1;

  constructor(windows: WindowCursor, perSecond: boolean) {
    this.#windows = windows;
    this.#perSecond = perSecond;
    const { steps } = windows.grid;
    this.sampled = new Float64Array(steps);
    this.toStart = new Float64Array(steps);
    this.toEnd = new Float64Array(steps);
    this.factors = new Float64Array(steps);
  }

  update(): void {
    if (this.#version === this.#windows.version) {
      return;
    }
    this.#version = this.#windows.version;
    const { from, to, grid, timestamps, firstStep, endStep } = this.#windows;
    const perRange = this.#perSecond ? grid.rangeMs / 1000 : 1;
    for (let step = firstStep; step < endStep; step += 1) {
      const first = from[step] ?? 0;
      const last = (to[step] ?? 0) - 1;
      if (last <= first) {
        continue;
      }
      const endMs = grid.firstEndMs + step * grid.stepMs;
      const firstMs = timestamps[first] ?? 0;
      const lastMs = timestamps[last] ?? 0;
      const sampled = (lastMs - firstMs) / 1000;
      const spacing = sampled / (last - first);
      const start = reach((firstMs - (endMs - grid.rangeMs)) / 1000, spacing);
      const end = reach((endMs - lastMs) / 1000, spacing);
      this.sampled[step] = sampled;
      this.toStart[step] = start;
      this.toEnd[step] = end;
      this.factors[step] = (sampled + start + end) / sampled / perRange;
    }
  }
}

/** To the window's end when that is about one spacing away, else half a spacing. */
function reach(seconds: number, spacing: number): number {
  return seconds >= spacing * 1.1 ? spacing / 2 : seconds;
}
