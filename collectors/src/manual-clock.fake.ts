import type { Clock } from './clock.ts';

interface Timer {
  readonly dueAt: number;
  readonly callback: () => void;
}

/** A clock that only moves when told. */
export class ManualClock implements Clock {
  #now: number;
  readonly #timers = new Set<Timer>();

  constructor(now: number) {
    this.#now = now;
  }

  now(): number {
    return this.#now;
  }

  after(delayMs: number, callback: () => void): () => void {
    const timer = { dueAt: this.#now + Math.max(delayMs, 0), callback };
    this.#timers.add(timer);
    return () => {
      this.#timers.delete(timer);
    };
  }

  /** Moves on to `atMs`, running what falls due on the way in its order; what a timer starts gets a few turns to run. */
  async advanceTo(atMs: number): Promise<void> {
    await turns(3);
    for (let due = this.#next(atMs); due !== undefined; due = this.#next(atMs)) {
      this.#timers.delete(due);
      this.#now = Math.max(this.#now, due.dueAt);
      due.callback();
      await turns(3);
    }
    this.#now = Math.max(this.#now, atMs);
  }

  #next(untilMs: number): Timer | undefined {
    return [...this.#timers].filter((timer) => timer.dueAt <= untilMs).sort((a, b) => a.dueAt - b.dueAt)[0];
  }
}

/** Lets everything that is ready run. */
export async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn += 1) {
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** Waits, with the clock standing, until real input and output has made something true. */
export async function eventually(isTrue: () => boolean): Promise<void> {
  for (let left = 200_000; !isTrue(); left -= 1) {
    if (left === 0) {
      throw new Error('it never came true');
    }
    await turns(1);
  }
}
