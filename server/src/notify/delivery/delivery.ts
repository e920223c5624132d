import type { IntegrationKind } from '../receivers/receiver-config.ts';

/** `accepted` is Teams' 202: queued there, not proven shown. `delivered` is an answer that proves receipt (SMTP 250). */
export type DeliveryState = 'pending' | 'retrying' | 'accepted' | 'delivered' | 'failed';

/** `unknown`: the process ended before the answer came; the request may have arrived. */
export type AttemptOutcome = 'sent' | 'retry' | 'rejected' | 'unknown';

export interface DeliveryAttempt {
  /** From 1. */
  readonly attempt: number;
  readonly startedAt: number;
  readonly durationMs: number | null;
  /** HTTP status or SMTP reply code; null when nothing answered. */
  readonly status: number | null;
  readonly outcome: AttemptOutcome;
  readonly detail: string;
  readonly retryAt: number | null;
}

/** One notification to one receiver integration, with every attempt made so far. */
export interface Delivery {
  readonly id: string;
  /** Order of creation. */
  readonly seq: number;
  /** Identity in the notification log. */
  readonly stream: string;
  readonly endpoint: string;
  readonly receiver: string;
  readonly integration: IntegrationKind;
  readonly groupKey: string;
  readonly status: 'firing' | 'resolved';
  readonly reason: string;
  readonly title: string;
  /** Fingerprints. */
  readonly alerts: readonly string[];
  readonly createdAt: number;
  readonly state: DeliveryState;
  readonly attempts: readonly DeliveryAttempt[];
}

/** A delivery that waits in a queue, with what it takes to send it. */
export interface QueuedDelivery {
  readonly delivery: Delivery;
  readonly payload: string;
  readonly isShrunk: boolean;
  readonly nextAttemptAt: number;
  /** The first attempt's row was committed with the delivery: send without further ado. */
  readonly isStarted: boolean;
}

/** Something happened to a delivery: it was created (`attempt` null), or an attempt ended. */
export interface DeliveryEvent {
  readonly delivery: Delivery;
  readonly attempt: DeliveryAttempt | null;
}

/** What came of one request. */
export type SendOutcome =
  | { readonly outcome: 'sent'; readonly as: 'accepted' | 'delivered'; readonly status: number; readonly detail: string }
  | {
      readonly outcome: 'retry';
      readonly status: number | null;
      readonly detail: string;
      /** The receiver asked for at least this pause, for everything sent to it. */
      readonly pauseMs?: number;
    }
  | { readonly outcome: 'rejected'; readonly status: number | null; readonly detail: string }
  | { readonly outcome: 'too large'; readonly status: number; readonly detail: string };

export function isFinished(state: DeliveryState): boolean {
  return state === 'accepted' || state === 'delivered' || state === 'failed';
}
