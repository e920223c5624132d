import type { SendOutcome } from '../delivery/delivery.ts';
import type { TokenBucketSettings } from '../delivery/token-bucket.ts';
import type { Notification } from './notification.ts';
import type { IntegrationKind } from './receiver-config.ts';

export interface RenderedNotification {
  /** One line: card title, mail subject. */
  readonly title: string;
  /** Everything `send` needs but credentials; stored until it is delivered. */
  readonly payload: string;
}

/** One place a receiver sends to. */
export interface Integration {
  readonly kind: IntegrationKind;
  readonly sendResolved: boolean;
  readonly rate: TokenBucketSettings;
  /** Never rejects for a bad template: then it falls back to the built-in layout and says so. */
  render(notification: Notification): Promise<RenderedNotification>;
  /** One request with its own timeout. Never rejects; an abort through `signal` is a `retry`. */
  send(payload: string, signal: AbortSignal): Promise<SendOutcome>;
  /** A smaller form of the same message, for a receiver that called it too large. */
  shrink(payload: string): string;
}
