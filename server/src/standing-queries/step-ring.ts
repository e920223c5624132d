import { ABSENT } from '../model/sample.ts';

export interface PresentSteps {
  readonly start: number;
  readonly end: number;
}

/** The newest values of one series by the number of their step. What was never written, or too long ago, must not be read. */
export class StepRing {
  readonly #values: Float64Array;

  constructor(capacity: number) {
    this.#values = new Float64Array(capacity).fill(ABSENT);
  }

  get(step: number): number {
    return this.#values[step % this.#values.length] ?? ABSENT;
  }

  /** Whether there is nothing to draw: no value, or no finite one. */
  isGap(step: number): boolean {
    const value = this.get(step);
    return value === ABSENT || !Number.isFinite(value);
  }

  /** Nothing is at these steps, both included. */
  clear(from: number, to: number): void {
    for (let step = Math.max(from, to - this.#values.length + 1); step <= to; step += 1) {
      this.#values[step % this.#values.length] = ABSENT;
    }
  }

  /** Writes `count` values from a step on; where there are none, nothing is. */
  write(from: number, values: Float64Array, count: number): void {
    for (let i = 0; i < count; i += 1) {
      this.#values[(from + i) % this.#values.length] = values[i] ?? ABSENT;
    }
  }

  /** Whether there is any value, be it no finite number, at these steps, both included. */
  hasAny(from: number, to: number): boolean {
    for (let step = to; step >= from; step -= 1) {
      if (this.get(step) !== ABSENT) {
        return true;
      }
    }
    return false;
  }

  /** The first gap strictly between two steps, -1 when there is none. */
  gapBetween(after: number, before: number): number {
    for (let step = after + 1; step < before; step += 1) {
      if (this.isGap(step)) {
        return step;
      }
    }
    return -1;
  }

  /** The steps of the first, the lowest, the highest and the last finite value between two steps, each once, in order. */
  extremes(from: number, to: number): readonly number[] {
    let first = -1;
    let last = -1;
    let lowest = -1;
    let highest = -1;
    for (let step = from; step <= to; step += 1) {
      if (!this.isGap(step)) {
        const value = this.get(step);
        first = first === -1 ? step : first;
        last = step;
        lowest = lowest === -1 || value < this.get(lowest) ? step : lowest;
        highest = highest === -1 || value > this.get(highest) ? step : highest;
      }
    }
    return first === -1 ? [] : [...new Set([first, Math.min(lowest, highest), Math.max(lowest, highest), last])];
  }
}
