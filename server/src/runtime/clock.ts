/** Wall time and timers. Everything that waits or asks the time is handed one; tests hand a ManualClock. */
export interface Clock {
  /** Epoch milliseconds. */
  now(): number;
  /** Calls back once, no earlier than `delayMs` from now. Returns a function that cancels it. */
  after(delayMs: number, callback: () => void): () => void;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  after(delayMs, callback) {
    // setTimeout counts in a signed 32-bit integer; longer waits are cut and re-armed.
    const MAX_DELAY_MS = 2 ** 31 - 1;
    let timer: NodeJS.Timeout;
    const arm = (leftMs: number): void => {
      timer = setTimeout(
        () => (leftMs > MAX_DELAY_MS ? arm(leftMs - MAX_DELAY_MS) : callback()),
        Math.min(Math.max(leftMs, 0), MAX_DELAY_MS),
      );
    };
    arm(delayMs);
    return () => clearTimeout(timer);
  },
};
