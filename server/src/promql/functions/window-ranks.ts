import { ABSENT } from '../../model/sample.ts';
import { interpolateRank } from '../evaluate/quantile.ts';
import type { KernelSetting, SeriesKernel } from '../evaluate/range-function.ts';

/** The smallest (sign 1) or largest (sign -1) value of each window, NaN only where all values are; of equal values the first. */
export function extremeKernel({ windows }: KernelSetting, sign: 1 | -1): SeriesKernel {
  const { from, to } = windows;
  // Candidates: samples that no later sample beats, so their values worsen from the front to the back.
  let candidates = new Int32Array(256);
  return ({ timestamps, values, start, out, at }) => {
    if (candidates.length < timestamps.length) {
      candidates = new Int32Array(timestamps.length * 2);
    }
    const { firstStep, endStep } = windows;
    let front = 0;
    let back = 0;
    let next = start + (from[firstStep] ?? 0);
    for (let step = firstStep; step < endStep; step += 1) {
      const first = start + (from[step] ?? 0);
      const behind = start + (to[step] ?? 0);
      for (; next < behind; next += 1) {
        const value = sign * (values[next] ?? 0);
        if (Number.isNaN(value)) {
          continue;
        }
        while (back > front && sign * (values[candidates[back - 1] ?? 0] ?? 0) > value) {
          back -= 1;
        }
        candidates[back] = next;
        back += 1;
      }
      while (front < back && (candidates[front] ?? 0) < first) {
        front += 1;
      }
      if (first === behind) {
        out[at + step] = ABSENT;
      } else {
        out[at + step] = front === back ? Number.NaN : (values[candidates[front] ?? 0] ?? ABSENT);
      }
    }
  };
}

/** The quantile of each window. The window's values are kept sorted while it slides. */
export function quantileKernel({ windows, scalars, spend }: KernelSetting): SeriesKernel {
  const { from, to } = windows;
  const window = new SortedWindow();
  const [quantiles = new Float64Array(0)] = scalars;
  return ({ timestamps, values, start, out, at }) => {
    window.clear(timestamps.length);
    const { firstStep, endStep } = windows;
    let oldest = start + (from[firstStep] ?? 0);
    let next = oldest;
    for (let step = firstStep; step < endStep; step += 1) {
      const first = start + (from[step] ?? 0);
      const behind = start + (to[step] ?? 0);
      spend(behind - first);
      for (; next < behind; next += 1) {
        window.add(values[next] ?? 0);
      }
      for (; oldest < first; oldest += 1) {
        window.remove(values[oldest] ?? 0);
      }
      out[at + step] = first === behind ? ABSENT : window.quantile(quantiles[step] ?? Number.NaN);
    }
  };
}

/** Values in rising order, NaN counted apart. */
class SortedWindow {
  #sorted = new Float64Array(256);
  #count = 0;
  #nans = 0;

  clear(capacity: number): void {
    this.#count = 0;
    this.#nans = 0;
    if (this.#sorted.length < capacity) {
      this.#sorted = new Float64Array(capacity * 2);
    }
  }

  add(value: number): void {
    if (Number.isNaN(value)) {
      this.#nans += 1;
      return;
    }
    const sorted = this.#sorted;
    let at = this.#count;
    while (at > 0 && (sorted[at - 1] ?? 0) > value) {
      sorted[at] = sorted[at - 1] ?? 0;
      at -= 1;
    }
    sorted[at] = value;
    this.#count += 1;
  }

  remove(value: number): void {
    if (Number.isNaN(value)) {
      this.#nans -= 1;
      return;
    }
    const sorted = this.#sorted;
    this.#count -= 1;
    for (let at = this.#indexOf(value); at < this.#count; at += 1) {
      sorted[at] = sorted[at + 1] ?? 0;
    }
  }

  quantile(q: number): number {
    return interpolateRank(q, this.#sorted, { nans: this.#nans, count: this.#nans + this.#count });
  }

  #indexOf(value: number): number {
    let low = 0;
    let high = this.#count;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#sorted[middle] ?? 0) < value) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }
}
