/** Runs a few tasks at a time, in the order they came, and lets the event loop turn before each. */
export class EvaluationLanes {
  readonly #lanes: number;
  readonly #waiting: (() => void)[] = [];
  #busy = 0;

  constructor(lanes: number) {
    this.#lanes = lanes;
  }

  /** Settles as the task does. */
  async run<T>(task: () => Promise<T>): Promise<T> {
    if (this.#busy >= this.#lanes) {
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    } else {
      this.#busy += 1;
    }
    try {
      await new Promise<void>((resolve) => setImmediate(resolve));
      return await task();
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) {
        this.#busy -= 1;
      } else {
        next();
      }
    }
  }
}
