/** Why a notification is sent; Alertmanager's `notification_reason`. */
export type NotificationReason =
  | 'first notification'
  | 'new alerts added'
  | 'all alerts resolved'
  | 'some alerts resolved'
  | 'repeat interval elapsed';

/** What one receiver integration was last told about one group. Sets hold alert fingerprints. */
export interface LogEntry {
  /** Group key, receiver, integration: see `streamOf`. */
  readonly stream: string;
  readonly notifiedAt: number;
  readonly firing: ReadonlySet<string>;
  readonly resolved: ReadonlySet<string>;
  readonly expiresAt: number;
  readonly deliveryId: string | null;
  /** When its delivery was given up; the receiver does not know what the entry says. */
  readonly failedAt: number | null;
}

export interface DedupQuestion {
  readonly entry: LogEntry | undefined;
  readonly firing: ReadonlySet<string>;
  readonly resolved: ReadonlySet<string>;
  readonly sendResolved: boolean;
  readonly repeatIntervalMs: number;
  readonly now: number;
}

/** After a delivery was given up, the group is told anew no sooner than this, so that a dead webhook is not hammered at every tick. */
export const RETRY_AFTER_FAILURE_MS = 300_000;

/** Must the receiver be told, and why? `null` when it knows. Alertmanager's rules in Alertmanager's order. */
export function decideNotification(question: DedupQuestion): NotificationReason | null {
  const { firing, resolved, now } = question;
  const entry = question.entry !== undefined && isBinding(question.entry, now) ? question.entry : undefined;
  if (entry === undefined) {
    return firing.size > 0 ? 'first notification' : null;
  }
  if (!firing.isSubsetOf(entry.firing)) {
    return entry.firing.size === 0 ? 'first notification' : 'new alerts added';
  }
  if (firing.size === 0) {
    return entry.firing.size > 0 ? 'all alerts resolved' : null;
  }
  if (question.sendResolved && !resolved.isSubsetOf(entry.resolved)) {
    return 'some alerts resolved';
  }
  return entry.notifiedAt < now - question.repeatIntervalMs ? 'repeat interval elapsed' : null;
}

function isBinding(entry: LogEntry, now: number): boolean {
  const isRetryDue = entry.failedAt !== null && now >= entry.failedAt + RETRY_AFTER_FAILURE_MS;
  return now < entry.expiresAt && !isRetryDue;
}
