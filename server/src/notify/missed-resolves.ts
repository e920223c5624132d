import type { AlertChange, AlertFeed } from '../alerts/alert.ts';
import type { NotificationLog } from './dedup/notification-log.ts';
import { type NotifiedAlert, toNotifiedAlert } from './notified-alert.ts';

/** The alerts, with the past of those that are no longer current. */
export interface RememberingAlertFeed extends AlertFeed {
  /** Transitions of one alert in a window of event time, oldest first; the newest `limit`. */
  history(query: {
    readonly fingerprint: string;
    readonly fromMs: number;
    readonly toMs: number;
    readonly limit: number;
  }): Promise<readonly AlertChange[]>;
}

export interface MissedResolvesDeps {
  readonly log: Pick<NotificationLog, 'firing' | 'clearFiring'>;
  readonly alerts: Pick<RememberingAlertFeed, 'current' | 'history'>;
  readonly now: number;
}

/** Enough to look past a few times that it was only pending. */
const LOOK_BACK = 20;

/**
 * Alerts that receivers believe to fire, but that ended so long ago that they are not even among the resolved ones any more:
 * Tila was down when their resolve was due. Returns the resolves to tell now; what ended without a trace is cleared from the log.
 */
export async function missedResolves({ log, alerts, now }: MissedResolvesDeps): Promise<readonly NotifiedAlert[]> {
  const current = alerts.current().filter(({ state }) => state !== 'pending');
  const gone = log.firing(now).difference(new Set(current.map(({ fingerprint }) => fingerprint)));
  const resolved: NotifiedAlert[] = [];
  const lost = new Set<string>();
  for (const fingerprint of gone) {
    const past = await alerts.history({ fingerprint, fromMs: 0, toMs: now, limit: LOOK_BACK });
    const last = past.findLast(({ to }) => to === 'firing' || to === 'resolved');
    if (last?.to === 'resolved') {
      resolved.push(toNotifiedAlert(last.alert, { previous: undefined, at: last.at, isFiring: false }));
    } else {
      lost.add(fingerprint);
    }
  }
  await log.clearFiring(lost);
  return resolved;
}
