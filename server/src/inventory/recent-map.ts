/** What was neither set nor asked for during the last one to two of these is forgotten. */
const GENERATION_MS = 30 * 60_000;

/**
 * A map that forgets what is not used. For hundreds of thousands of entries it is kinder than a WeakMap, whose entries V8 looks at
 * while everything else stands still: some 20 ms at each collection for 200,000.
 */
export class RecentMap<Key, Value> {
  #current = new Map<Key, Value>();
  #previous = new Map<Key, Value>();
  #startedAt = Number.NEGATIVE_INFINITY;

  /** @param now epoch milliseconds */
  get(key: Key, now: number): Value | undefined {
    const value = this.#current.get(key);
    if (value !== undefined) {
      return value;
    }
    const older = this.#previous.get(key);
    if (older !== undefined) {
      this.#previous.delete(key);
      this.set(key, older, now);
    }
    return older;
  }

  /** @param now epoch milliseconds */
  set(key: Key, value: Value, now: number): void {
    if (now - this.#startedAt >= GENERATION_MS) {
      this.#previous = this.#current;
      this.#current = new Map();
      this.#startedAt = now;
    }
    this.#current.set(key, value);
  }

  clear(): void {
    this.#current = new Map();
    this.#previous = new Map();
  }
}
