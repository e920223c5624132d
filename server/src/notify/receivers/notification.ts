import { Labels } from '../../model/labels.ts';
import type { NotificationReason } from '../dedup/decide.ts';
import type { NotifiedAlert } from '../notified-alert.ts';

/** One message to one integration, before it is rendered. */
export interface Notification {
  /** The delivery's id: stable over retries. */
  readonly id: string;
  readonly receiver: string;
  readonly groupKey: string;
  readonly groupLabels: Labels;
  readonly routeLabels: Readonly<Record<string, string>>;
  readonly status: 'firing' | 'resolved';
  readonly reason: NotificationReason;
  /** Sorted by job, instance, labels. Never empty. */
  readonly alerts: readonly NotifiedAlert[];
  readonly createdAt: number;
  readonly repeatIntervalMs: number;
}

/** The labels all alerts share. */
export function commonLabels(alerts: readonly NotifiedAlert[]): Labels {
  const [first, ...rest] = alerts;
  const shared = [...(first?.labels ?? Labels.EMPTY).entries()].filter(([name, value]) =>
    rest.every((alert) => alert.labels.get(name) === value),
  );
  return Labels.fromEntries(shared);
}

/** The annotations all alerts share. */
export function commonAnnotations(alerts: readonly NotifiedAlert[]): Readonly<Record<string, string>> {
  const [first, ...rest] = alerts;
  const shared = Object.entries(first?.annotations ?? {}).filter(([name, value]) =>
    rest.every((alert) => alert.annotations[name] === value),
  );
  return Object.fromEntries(shared);
}

/** Alertmanager's order: job, then instance, then all labels. */
export function compareNotified(a: NotifiedAlert, b: NotifiedAlert): number {
  return (
    compare(a.labels.get('job'), b.labels.get('job')) ||
    compare(a.labels.get('instance'), b.labels.get('instance')) ||
    compare(a.labels.key, b.labels.key)
  );
}

function compare(a: string, b: string): number {
  if (a === b) {
    return 0;
  }
  return a < b ? -1 : 1;
}
