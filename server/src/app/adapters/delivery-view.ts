import type { DeliveryView } from '@tila/contract/deliveries.ts';
import type { Delivery } from '../../notify/delivery/delivery.ts';

/** A delivery as the console shows it. */
export function deliveryView(delivery: Delivery): DeliveryView {
  const { id, receiver, integration, groupKey, status, reason, title, createdAt, state } = delivery;
  const attempts = delivery.attempts.map((attempt) => ({ ...attempt }));
  return { id, receiver, integration, groupKey, status, reason, title, createdAt, state, alerts: [...delivery.alerts], attempts };
}
