import type { Clock } from '../runtime/clock.ts';
import { TooManyAttemptsError } from './auth-errors.ts';

export interface SignInLimits {
  /** Failures that cost nothing. */
  readonly free: number;
  /** The first wait; it doubles with every failure after. */
  readonly firstWaitMs: number;
  readonly maxWaitMs: number;
  /** Failures are forgotten after this long without one. */
  readonly forgetMs: number;
}

interface Failures {
  count: number;
  lastAt: number;
  blockedUntil: number;
}

const MAX_KEYS = 10_000;

/**
 * Slows guessing down: after some failures each further one doubles the wait of its key (an address, a user).
 * An attempt counts as failed from its start until `succeed`, so parallel guesses do not slip through. Memory is bounded:
 * the key that failed longest ago is forgotten first.
 */
export class SignInLimiter {
  readonly #clock: Clock;
  readonly #limits: SignInLimits;
  readonly #failures = new Map<string, Failures>();

  constructor(clock: Clock, limits: SignInLimits) {
    this.#clock = clock;
    this.#limits = limits;
  }

  /** Counts an attempt. @throws TooManyAttemptsError while the key must wait; a refused attempt does not lengthen the wait. */
  begin(key: string): void {
    const now = this.#clock.now();
    const known = this.#failures.get(key);
    const failures = known === undefined || now - known.lastAt >= this.#limits.forgetMs ? newFailures() : known;
    if (now < failures.blockedUntil) {
      throw new TooManyAttemptsError(failures.blockedUntil - now);
    }
    failures.count += 1;
    failures.lastAt = now;
    const over = failures.count - this.#limits.free;
    failures.blockedUntil = over < 0 ? 0 : now + Math.min(this.#limits.firstWaitMs * 2 ** over, this.#limits.maxWaitMs);
    this.#failures.delete(key);
    this.#failures.set(key, failures);
    this.#trim();
  }

  /** The last attempt was good: forgives the key's failures. */
  succeed(key: string): void {
    this.#failures.delete(key);
  }

  #trim(): void {
    for (const key of this.#failures.keys()) {
      if (this.#failures.size <= MAX_KEYS) {
        return;
      }
      this.#failures.delete(key);
    }
  }
}

function newFailures(): Failures {
  return { count: 0, lastAt: 0, blockedUntil: 0 };
}
