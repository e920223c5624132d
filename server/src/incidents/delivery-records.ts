import type { DeliveryEvent } from '../notify/delivery/delivery.ts';
import type { SuppressionEvent } from '../notify/notification-pipeline.ts';
import type { DeliveryRecord } from './incidents.ts';

/** What the timeline says of an attempt that ended; null for a delivery that was only created. */
export function recordOfDelivery({ delivery, attempt }: DeliveryEvent): DeliveryRecord | null {
  if (attempt === null) {
    return null;
  }
  const failed = delivery.state === 'failed' ? 'failed' : 'retried';
  return {
    deliveryId: delivery.id,
    attempt: attempt.attempt,
    outcome: attempt.outcome === 'sent' ? 'sent' : failed,
    receiver: delivery.receiver,
    integration: delivery.integration,
    fingerprints: delivery.alerts,
    title: delivery.title,
    detail: [delivery.reason, attempt.status === null ? '' : `answer ${attempt.status}`, attempt.detail]
      .filter((part) => part !== '')
      .join('; '),
    at: attempt.startedAt + (attempt.durationMs ?? 0),
  };
}

/** What the timeline says of an alert that was kept out of a notification. */
export function recordOfSuppression({ alert, cause, by, groupKey, at }: SuppressionEvent): DeliveryRecord {
  return {
    deliveryId: JSON.stringify([groupKey, alert.fingerprint, cause, by]),
    attempt: 0,
    outcome: 'suppressed',
    receiver: 'its receivers',
    integration: cause,
    fingerprints: [alert.fingerprint],
    title: alert.ruleName,
    detail: `${cause}: ${by.join(', ')}`,
    at,
  };
}
