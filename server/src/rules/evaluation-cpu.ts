/**
 * CPU time that rules take on the main thread: reading, calculating, alert states, templates, and handing results to the store, with
 * the garbage collections and turns of microtasks that fall between. What is waited for (the durable commit, older samples from
 * blocks) is left out. Stretches of several groups at once count once.
 */
export class EvaluationCpu {
  readonly #threadMs: () => number;
  #open = 0;
  #sinceMs = 0;
  #usedMs = 0;

  /** @param threadMs CPU time of this thread so far, in milliseconds */
  constructor(threadMs: () => number) {
    this.#threadMs = threadMs;
  }

  /** Since the start. */
  get seconds(): number {
    return this.#usedMs / 1000;
  }

  /** Counts until the matching `end`. */
  begin(): void {
    if (this.#open === 0) {
      this.#sinceMs = this.#threadMs();
    }
    this.#open += 1;
  }

  end(): void {
    this.#open -= 1;
    if (this.#open === 0) {
      this.#usedMs += this.#threadMs() - this.#sinceMs;
    }
  }

  /** Counts while the work goes on; what it waits for it must wait for with `waitFor`. */
  async during<T>(work: () => Promise<T>): Promise<T> {
    this.begin();
    try {
      return await work();
    } finally {
      this.end();
    }
  }

  /** Waits for something within a stretch without counting what the thread does meanwhile. */
  async waitFor<T>(work: Promise<T>): Promise<T> {
    this.end();
    try {
      return await work;
    } finally {
      this.begin();
    }
  }
}

/** What `process.threadCpuUsage` says, user and system, in milliseconds. */
export function threadCpuMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}
