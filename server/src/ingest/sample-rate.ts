const BUCKET_MS = 10_000;
const BUCKETS = 6;

/** Samples a second over the last minute, counted in six buckets. */
export class SampleRate {
  readonly #counts = new Float64Array(BUCKETS);
  #total = 0;
  #newestBucket = Number.NEGATIVE_INFINITY;
  #startedAt: number | undefined;

  /** All samples ever added. */
  get total(): number {
    return this.#total;
  }

  add(samples: number, now: number): void {
    this.#startedAt ??= now;
    this.#rotate(now);
    const bucket = Math.floor(now / BUCKET_MS) % BUCKETS;
    this.#counts[bucket] = (this.#counts[bucket] ?? 0) + samples;
    this.#total += samples;
  }

  perSecond(now: number): number {
    if (this.#startedAt === undefined) {
      return 0;
    }
    this.#rotate(now);
    const coveredMs = Math.min(Math.max(now - this.#startedAt, BUCKET_MS), (BUCKETS - 1) * BUCKET_MS + (now % BUCKET_MS));
    return (this.#counts.reduce((sum, count) => sum + count, 0) / coveredMs) * 1000;
  }

  #rotate(now: number): void {
    const bucket = Math.floor(now / BUCKET_MS);
    const skipped = Math.min(bucket - this.#newestBucket, BUCKETS);
    for (let i = 0; i < skipped; i += 1) {
      this.#counts[(bucket - i) % BUCKETS] = 0;
    }
    this.#newestBucket = Math.max(this.#newestBucket, bucket);
  }
}
