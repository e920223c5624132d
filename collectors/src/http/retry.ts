import { type Clock, pause } from '../clock.ts';
import { Backoff, type BackoffPolicy } from '../delivery/backoff.ts';
import { HttpError } from './http-error.ts';

export interface RetryDeps {
  readonly clock: Clock;
  readonly random: () => number;
  readonly onRetry: (error: HttpError, waitMs: number) => void;
}

export interface RetryPolicy extends BackoffPolicy {
  /** The last failure is thrown. */
  readonly attempts: number;
}

/** Repeats `attempt` while it fails with an HttpError that may pass, waiting with jitter and at least as long as `Retry-After` says. */
export async function retrying<Result>(
  attempt: () => Promise<Result>,
  policy: RetryPolicy,
  deps: RetryDeps & { readonly signal: AbortSignal },
): Promise<Result> {
  const backoff = new Backoff(policy, deps.random);
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof HttpError) || !error.mayPass || backoff.failures + 1 >= policy.attempts) {
        throw error;
      }
      const waitMs = backoff.next(error.retryAfterMs);
      deps.onRetry(error, waitMs);
      await pause(deps.clock, waitMs, deps.signal);
    }
  }
}
