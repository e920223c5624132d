export interface TokenBucketSettings {
  readonly perSecond: number;
  readonly burst: number;
}

/** Lets `burst` pass at once and `perSecond` on average. The caller tells the time (epoch milliseconds, never backwards). */
export class TokenBucket {
  readonly #settings: TokenBucketSettings;
  #tokens: number;
  #refilledAt: number;

  constructor(settings: TokenBucketSettings, now: number) {
    this.#settings = settings;
    this.#tokens = settings.burst;
    this.#refilledAt = now;
  }

  /** Takes one token and returns 0, or returns the milliseconds until there is one. */
  take(now: number): number {
    const { perSecond, burst } = this.#settings;
    this.#tokens = Math.min(burst, this.#tokens + (Math.max(0, now - this.#refilledAt) / 1000) * perSecond);
    this.#refilledAt = now;
    if (this.#tokens >= 1) {
      this.#tokens -= 1;
      return 0;
    }
    return Math.ceil(((1 - this.#tokens) / perSecond) * 1000);
  }
}
