export interface BackoffPolicy {
  readonly firstMs: number;
  readonly longestMs: number;
}

/**
 * Exponential back-off with full jitter: each wait is uniform between nothing and a ceiling that doubles
 * (https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/).
 */
export class Backoff {
  readonly #policy: BackoffPolicy;
  readonly #random: () => number;
  #failures = 0;

  constructor(policy: BackoffPolicy, random: () => number) {
    this.#policy = policy;
    this.#random = random;
  }

  get failures(): number {
    return this.#failures;
  }

  /** How long to wait after one more failure, never shorter than what the other side asked for. */
  next(askedMs = 0): number {
    const ceilingMs = Math.min(this.#policy.longestMs, this.#policy.firstMs * 2 ** this.#failures);
    this.#failures += 1;
    return Math.max(askedMs, Math.round(this.#random() * ceilingMs));
  }

  /** After a success the next failure waits briefly again. */
  reset(): void {
    this.#failures = 0;
  }
}
