import { setImmediate } from 'node:timers/promises';

/** Long work gives the thread back after this long: several such jobs may take turns before a request gets its own. */
const SLICE_MS = 4;

/** Paces long synchronous work: `isOver` says that the slice is used up, `next` lets everybody else run first. */
export class TimeSlice {
  readonly #signals: readonly (AbortSignal | undefined)[];
  #startedAt = performance.now();

  /** @param signals end the work, with their reason, at the next `pause`. */
  constructor(...signals: readonly (AbortSignal | undefined)[]) {
    this.#signals = signals;
  }

  get isOver(): boolean {
    return performance.now() - this.#startedAt >= SLICE_MS;
  }

  async next(): Promise<void> {
    await setImmediate();
    this.#startedAt = performance.now();
  }

  /** Waits only when the slice is used up, and ends the work when a signal has aborted. */
  async pause(): Promise<void> {
    if (this.isOver) {
      await this.next();
    }
    for (const signal of this.#signals) {
      signal?.throwIfAborted();
    }
  }
}
