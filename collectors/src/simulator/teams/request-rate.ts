const WINDOW_MS = 1_000;
const MAX_IN_WINDOW = 4;

/** Four requests in any second for each webhook, as Microsoft documents for connectors; refused ones do not count. */
export class RequestRate {
  readonly #clock: { now(): number };
  readonly #recent = new Map<string, readonly number[]>();

  constructor(clock: { now(): number }) {
    this.#clock = clock;
  }

  /** Counts a request; true when it is one too many. */
  exceeded(webhook: string): boolean {
    const now = this.#clock.now();
    const recent = (this.#recent.get(webhook) ?? []).filter((at) => at > now - WINDOW_MS);
    const isTooMany = recent.length >= MAX_IN_WINDOW;
    this.#recent.set(webhook, isTooMany ? recent : [...recent, now]);
    return isTooMany;
  }
}
