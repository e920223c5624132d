import type { Clock } from '../../runtime/clock.ts';
import type { Logger } from '../../runtime/logger.ts';
import type { Integration } from '../receivers/integration.ts';
import {
  type Delivery,
  type DeliveryAttempt,
  type DeliveryEvent,
  isFinished,
  type QueuedDelivery,
  type SendOutcome,
} from './delivery.ts';
import type { DeliveryStore, FinishedAttempt } from './delivery-store.ts';
import { backoffMs } from './retry.ts';
import { TokenBucket } from './token-bucket.ts';

export interface DeliverySettings {
  /** A delivery older than this is given up instead of retried. */
  readonly maxAgeMs: number;
  /** An unsent delivery older than this is dropped once its group has something newer to say. */
  readonly supersedeAfterMs: number;
}

export interface EndpointQueueDeps {
  readonly store: Pick<DeliveryStore, 'startAttempt' | 'finishAttempt'>;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Random in [0, 1). */
  readonly random: () => number;
  readonly settings: DeliverySettings;
  readonly onEvent: (event: DeliveryEvent) => void;
}

interface Verdict {
  readonly attempt: Omit<DeliveryAttempt, 'attempt' | 'startedAt' | 'durationMs'>;
  readonly state: Delivery['state'];
  readonly nextAttemptAt: number;
  readonly shrunkPayload?: string;
}

const MAX_IN_FLIGHT = 4;
const BRIEF_RETRY_MS = 1000;

/**
 * Sends what is queued for one endpoint. Deliveries of one group go out strictly in order; groups do not wait for each other.
 * Starts sending in the same turn it is added to when the rate allows; holds no polling timer.
 */
export class EndpointQueue {
  readonly #deps: EndpointQueueDeps;
  #integration: Integration | undefined;
  readonly #queue: QueuedDelivery[] = [];
  readonly #inFlight = new Map<string, Promise<void>>();
  readonly #abort = new AbortController();
  #bucket: TokenBucket | undefined;
  #pausedUntil = 0;
  #cancelTimer: (() => void) | undefined;
  #stopped = false;

  constructor(deps: EndpointQueueDeps) {
    this.#deps = deps;
  }

  get length(): number {
    return this.#queue.length;
  }

  get pausedUntil(): number {
    return this.#pausedUntil;
  }

  /** From now on sends through this integration; without one, what is queued fails by name. Keeps rate and pauses. */
  use(integration: Integration | undefined): void {
    this.#integration = integration;
    this.#bucket ??= integration && new TokenBucket(integration.rate, this.#deps.clock.now());
    this.#pump();
  }

  /**
   * May the next delivery of this stream leave as soon as it is durable? A yes takes a token of the rate and must be followed
   * by `add` with `isStarted`; one that is not is only a token lost.
   */
  reserve(stream: string): boolean {
    const now = this.#deps.clock.now();
    const isFree =
      !this.#stopped &&
      this.#pausedUntil <= now &&
      this.#inFlight.size < MAX_IN_FLIGHT &&
      !this.#inFlight.has(stream) &&
      !this.#queue.some(({ delivery }) => delivery.stream === stream);
    return isFree && this.#bucket?.take(now) === 0;
  }

  /** Queues in order of `seq`. */
  add(deliveries: readonly QueuedDelivery[]): void {
    this.#queue.push(...deliveries);
    this.#pump();
  }

  /** Stops sending and waits for requests under way, which are cut off after `graceMs`. What is left is sent after the next start. */
  async stop(graceMs: number): Promise<void> {
    this.#cancelTimer?.();
    this.#stopped = true;
    const cut = Promise.withResolvers<void>();
    const cancel = this.#deps.clock.after(graceMs, () => {
      this.#abort.abort();
      cut.resolve();
    });
    // A mail under way cannot be cut off; it is left alone, and its attempt is unknown at the next start.
    await Promise.race([Promise.all(this.#inFlight.values()), cut.promise]);
    cancel();
  }

  #pump(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    if (this.#stopped) {
      return;
    }
    const now = this.#deps.clock.now();
    const heads = this.#heads();
    let waitMs = Math.max(0, Math.min(...heads.map((head) => head.nextAttemptAt)) - now, this.#pausedUntil - now);
    for (const head of heads.filter((candidate) => candidate.isStarted)) {
      this.#begin(head);
    }
    for (const head of heads.filter((candidate) => candidate.nextAttemptAt <= now && !candidate.isStarted)) {
      if (this.#inFlight.size >= MAX_IN_FLIGHT || this.#pausedUntil > now) {
        break;
      }
      waitMs = this.#bucket?.take(now) ?? 0;
      if (waitMs > 0) {
        break;
      }
      this.#begin(head);
    }
    this.#armTimer(waitMs);
  }

  /** The oldest delivery of each group that has none under way. */
  #heads(): readonly QueuedDelivery[] {
    const heads = new Map<string, QueuedDelivery>();
    for (const queued of this.#queue) {
      if (!heads.has(queued.delivery.stream)) {
        heads.set(queued.delivery.stream, queued);
      }
    }
    return [...heads.values()].filter(({ delivery }) => !this.#inFlight.has(delivery.stream));
  }

  #armTimer(waitMs: number): void {
    const heads = this.#heads();
    if (heads.length > 0 && this.#inFlight.size < MAX_IN_FLIGHT) {
      const untilDue = Math.min(...heads.map((head) => head.nextAttemptAt)) - this.#deps.clock.now();
      this.#cancelTimer = this.#deps.clock.after(Math.max(waitMs, untilDue, 1), () => this.#pump());
    }
  }

  #begin(queued: QueuedDelivery): void {
    const { stream } = queued.delivery;
    const work = this.#attempt(queued)
      .catch((err: unknown) => {
        this.#deps.logger.error({ err, deliveryId: queued.delivery.id }, 'delivery attempt could not be started');
        this.#replace(queued, { ...queued, isStarted: false, nextAttemptAt: this.#deps.clock.now() + BRIEF_RETRY_MS });
      })
      .finally(() => {
        this.#inFlight.delete(stream);
        this.#pump();
      });
    this.#inFlight.set(stream, work);
  }

  async #attempt(queued: QueuedDelivery): Promise<void> {
    const { store, clock } = this.#deps;
    const number = (queued.delivery.attempts.at(-1)?.attempt ?? 0) + 1;
    const startedAt = queued.isStarted ? queued.delivery.createdAt : clock.now();
    const refusal = this.#refusal(queued, startedAt);
    if (refusal === undefined && !queued.isStarted) {
      await store.startAttempt(queued.delivery, number, startedAt);
    }
    const outcome = refusal ?? (await this.#send(queued));
    if (this.#abort.signal.aborted) {
      return; // The answer is not known: the attempt stays open and the next start calls it unknown.
    }
    const verdict = this.#judge(queued, outcome, number);
    const attempt = { attempt: number, startedAt, durationMs: clock.now() - startedAt, ...verdict.attempt };
    if (await this.#record({ ...verdict, delivery: queued.delivery, attempt })) {
      this.#conclude(queued, { ...verdict, attempt });
    }
  }

  /** Insists: an answer that is known must not be asked for again. Gives up, with `false`, only when stopped. */
  async #record(finished: FinishedAttempt): Promise<boolean> {
    while (!this.#abort.signal.aborted) {
      try {
        await this.#deps.store.finishAttempt(finished);
        return true;
      } catch (err) {
        this.#deps.logger.error(
          { err, deliveryId: finished.delivery.id },
          'delivery attempt could not be recorded; trying again',
        );
        await new Promise<void>((resolve) => this.#deps.clock.after(BRIEF_RETRY_MS, resolve));
      }
    }
    return false;
  }

  /** Why this delivery is not even tried, if so. */
  #refusal(queued: QueuedDelivery, now: number): SendOutcome | undefined {
    if (this.#integration === undefined) {
      return { outcome: 'rejected', status: null, detail: 'this receiver is no longer configured' };
    }
    const ageMs = now - queued.delivery.createdAt;
    const hasSuccessor = this.#queue.some(
      ({ delivery }) => delivery.stream === queued.delivery.stream && delivery.seq > queued.delivery.seq,
    );
    return hasSuccessor && ageMs > this.#deps.settings.supersedeAfterMs
      ? { outcome: 'rejected', status: null, detail: 'never delivered, and superseded by a newer notification of the same group' }
      : undefined;
  }

  async #send(queued: QueuedDelivery): Promise<SendOutcome> {
    try {
      return (
        (await this.#integration?.send(queued.payload, this.#abort.signal)) ?? {
          outcome: 'rejected',
          status: null,
          detail: 'this receiver is no longer configured',
        }
      );
    } catch (err) {
      this.#deps.logger.error({ err, deliveryId: queued.delivery.id }, 'sending a notification threw');
      return { outcome: 'retry', status: null, detail: err instanceof Error ? err.message : String(err) };
    }
  }

  #judge(queued: QueuedDelivery, outcome: SendOutcome, number: number): Verdict {
    const now = this.#deps.clock.now();
    const final = { status: outcome.status, detail: outcome.detail, retryAt: null };
    switch (outcome.outcome) {
      case 'sent':
        return { attempt: { ...final, outcome: 'sent' }, state: outcome.as, nextAttemptAt: now };
      case 'rejected':
        return { attempt: { ...final, outcome: 'rejected' }, state: 'failed', nextAttemptAt: now };
      case 'too large':
        return this.#judgeTooLarge(queued, outcome);
      case 'retry': {
        this.#pausedUntil = Math.max(this.#pausedUntil, now + (outcome.pauseMs ?? 0));
        const retryAt = now + Math.max(outcome.pauseMs ?? 0, backoffMs(number, this.#deps.random()));
        if (retryAt > queued.delivery.createdAt + this.#deps.settings.maxAgeMs) {
          return {
            attempt: { ...final, detail: `${outcome.detail}; given up, too old`, outcome: 'rejected' },
            state: 'failed',
            nextAttemptAt: now,
          };
        }
        return { attempt: { ...final, outcome: 'retry', retryAt }, state: 'retrying', nextAttemptAt: retryAt };
      }
    }
  }

  #judgeTooLarge(queued: QueuedDelivery, outcome: SendOutcome): Verdict {
    const now = this.#deps.clock.now();
    const { status, detail } = outcome;
    if (queued.isShrunk || this.#integration === undefined) {
      return { attempt: { status, detail, outcome: 'rejected', retryAt: null }, state: 'failed', nextAttemptAt: now };
    }
    return {
      attempt: { status, detail: `${detail}; shrunk`, outcome: 'retry', retryAt: now },
      state: 'retrying',
      nextAttemptAt: now,
      shrunkPayload: this.#integration.shrink(queued.payload),
    };
  }

  #conclude(queued: QueuedDelivery, verdict: Verdict & { readonly attempt: DeliveryAttempt }): void {
    const delivery: Delivery = {
      ...queued.delivery,
      state: verdict.state,
      attempts: [...queued.delivery.attempts, verdict.attempt],
    };
    const isShrunk = queued.isShrunk || verdict.shrunkPayload !== undefined;
    const next = {
      delivery,
      payload: verdict.shrunkPayload ?? queued.payload,
      isShrunk,
      nextAttemptAt: verdict.nextAttemptAt,
      isStarted: false,
    };
    this.#replace(queued, isFinished(verdict.state) ? undefined : next);
    this.#deps.onEvent({ delivery, attempt: verdict.attempt });
  }

  #replace(queued: QueuedDelivery, next: QueuedDelivery | undefined): void {
    const index = this.#queue.findIndex(({ delivery }) => delivery.id === queued.delivery.id);
    if (index !== -1) {
      this.#queue.splice(index, 1, ...(next === undefined ? [] : [next]));
    }
  }
}
