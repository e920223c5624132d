/**
 * How long a sample may be on its way after a newer one of the same sender has arrived: shards send on their own, each waits up
 * to 5 s for a batch to fill (`batch_send_deadline`) and up to 5 s before it tries again (`max_backoff`).
 */
const SETTLE_MS = 10_000;

/**
 * How far a remote write sender has come. It states no watermark, so one is made: the newest sample it has sent less the time
 * that samples of other shards may be behind. A sample from the future moves it no further than the clock.
 */
export class SenderPosition {
  #newestMs = Number.NEGATIVE_INFINITY;

  /** Takes the timestamps of a request. Returns the watermark to store with it, `undefined` as long as there is none. */
  moveTo(timestamps: readonly number[], now: number): number | undefined {
    for (const timestampMs of timestamps) {
      if (timestampMs > this.#newestMs && timestampMs <= now) {
        this.#newestMs = timestampMs;
      }
    }
    return this.#newestMs === Number.NEGATIVE_INFINITY ? undefined : this.#newestMs - SETTLE_MS;
  }
}
