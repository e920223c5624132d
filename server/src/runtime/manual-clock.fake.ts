import type { Clock } from './clock.ts';

interface Timer {
  readonly dueAt: number;
  readonly callback: () => void;
}

/** A clock that only moves when told. Timers run in the order they fall due, and timers they start run too. */
export class ManualClock implements Clock {
  #now: number;
  readonly #timers = new Set<Timer>();

  constructor(now = 0) {
    this.#now = now;
  }

  now(): number {
    return this.#now;
  }

  after(delayMs: number, callback: () => void): () => void {
    const timer: Timer = { dueAt: this.#now + Math.max(delayMs, 0), callback };
    this.#timers.add(timer);
    return () => {
      this.#timers.delete(timer);
    };
  }

  /** Moves time on and runs what falls due, letting promises settle after each timer. */
  async advance(byMs: number): Promise<void> {
    const end = this.#now + byMs;
    await settle();
    for (let due = this.#nextDue(end); due !== undefined; due = this.#nextDue(end)) {
      this.#timers.delete(due);
      this.#now = Math.max(this.#now, due.dueAt);
      due.callback();
      await settle();
    }
    this.#now = end;
  }

  #nextDue(end: number): Timer | undefined {
    return [...this.#timers].filter((timer) => timer.dueAt <= end).sort((a, b) => a.dueAt - b.dueAt)[0];
  }
}

async function settle(): Promise<void> {
  for (let turn = 0; turn < 5; turn += 1) {
    await new Promise((resolve) => setImmediate(resolve));
  }
}
