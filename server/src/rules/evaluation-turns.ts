import { setImmediate as nextTurn } from 'node:timers/promises';

/** How long rules may keep the event loop to themselves. */
const LONGEST_TURN_MS = 10;

/** Shares turns of the event loop between groups that are due at once: after some milliseconds of rules something else has its turn. */
export class EvaluationTurns {
  readonly #nowMs: () => number;
  #startedMs: number | null = null;

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  /** Whether the turn has been long enough. The first to ask begins it. */
  get isOver(): boolean {
    if (this.#startedMs !== null) {
      return this.#nowMs() - this.#startedMs > LONGEST_TURN_MS;
    }
    this.#startedMs = this.#nowMs();
    setImmediate(() => {
      this.#startedMs = null;
    });
    return false;
  }

  /** Settles in a turn that is not over. */
  async next(): Promise<void> {
    while (this.isOver) {
      await nextTurn();
    }
  }
}
