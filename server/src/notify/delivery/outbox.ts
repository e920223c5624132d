import { createHash } from 'node:crypto';
import type { Clock } from '../../runtime/clock.ts';
import { decideNotification, type LogEntry, type NotificationReason } from '../dedup/decide.ts';
import type { NotificationLog } from '../dedup/notification-log.ts';
import type { GroupSnapshot } from '../grouping/alert-group.ts';
import type { NotifiedAlert } from '../notified-alert.ts';
import type { Notification } from '../receivers/notification.ts';
import type { Endpoint } from '../receivers/receivers.ts';
import type { QueuedDelivery } from './delivery.ts';
import type { DeliveryStore, NotificationDecision } from './delivery-store.ts';

const MAX_RETENTION_MS = 120 * 3_600_000;

export interface OutboxDeps {
  readonly store: Pick<DeliveryStore, 'commit'>;
  readonly log: Pick<NotificationLog, 'get' | 'recorded'>;
  readonly clock: Clock;
  readonly newId: () => string;
  /** Will this endpoint send the stream's next delivery at once? A yes takes part of its rate. */
  readonly reserve: (endpoint: string, stream: string) => boolean;
  readonly enqueue: (queued: readonly QueuedDelivery[]) => void;
}

interface Plan {
  readonly endpoint: Endpoint;
  readonly stream: string;
  readonly reason: NotificationReason;
  readonly firing: readonly NotifiedAlert[];
  readonly resolved: readonly NotifiedAlert[];
  readonly previous: LogEntry | undefined;
}

/**
 * Decides for every integration of a receiver whether a group must be told, and commits log entry and rendered delivery of
 * all of them in one transaction before any is sent. From then on the delivery is the queue's: it outlives the process.
 */
export class Outbox {
  readonly #deps: OutboxDeps;

  constructor(deps: OutboxDeps) {
    this.#deps = deps;
  }

  /** `alerts` are the group's alerts that no mute stage took. Resolves once everything is durable; rejects with nothing stored. */
  async publish(group: GroupSnapshot, alerts: readonly NotifiedAlert[], endpoints: readonly Endpoint[]): Promise<void> {
    const now = this.#deps.clock.now();
    const plans = alerts.length === 0 ? [] : endpoints.flatMap((endpoint) => this.#plan(endpoint, { group, alerts, now }));
    if (plans.length === 0) {
      return;
    }
    const decisions = await Promise.all(plans.map((plan) => this.#decide(plan, group, now)));
    const queued = await this.#deps.store.commit(decisions);
    const queuedIds = new Set(queued.map(({ delivery }) => delivery.id));
    for (const { entry } of decisions.filter(({ delivery }) => delivery === null || queuedIds.has(delivery.id))) {
      this.#deps.log.recorded(entry);
    }
    this.#deps.enqueue(queued);
  }

  #plan(
    endpoint: Endpoint,
    tick: { readonly group: GroupSnapshot; readonly alerts: readonly NotifiedAlert[]; readonly now: number },
  ): readonly Plan[] {
    const { group, alerts, now } = tick;
    const stream = streamOf(group.groupKey, endpoint.endpoint);
    const firing = alerts.filter(({ status }) => status === 'firing');
    const resolved = alerts.filter(({ status }) => status === 'resolved');
    const previous = this.#deps.log.get(stream);
    const reason = decideNotification({
      entry: previous,
      firing: fingerprints(firing),
      resolved: fingerprints(resolved),
      sendResolved: endpoint.integration.sendResolved,
      repeatIntervalMs: group.route.repeatIntervalMs,
      now,
    });
    return reason === null ? [] : [{ endpoint, stream, reason, firing, resolved, previous }];
  }

  async #decide(plan: Plan, group: GroupSnapshot, now: number): Promise<NotificationDecision> {
    const { integration } = plan.endpoint;
    const id = this.#deps.newId();
    const alerts = integration.sendResolved
      ? group.alerts.filter((alert) => plan.firing.includes(alert) || plan.resolved.includes(alert))
      : plan.firing;
    // A receiver that does not want resolves still gets its books closed, without a message.
    const isTold = alerts.length > 0;
    const entry: LogEntry = {
      stream: plan.stream,
      notifiedAt: now,
      firing: fingerprints(plan.firing),
      resolved: fingerprints(plan.resolved),
      expiresAt: now + Math.min(2 * group.route.repeatIntervalMs, MAX_RETENTION_MS),
      deliveryId: isTold ? id : null,
      failedAt: null,
    };
    if (!isTold) {
      return { entry, delivery: null };
    }
    const notification = notificationOf({ plan, group, alerts, id, now });
    const { title, payload } = await integration.render(notification);
    return {
      entry,
      delivery: {
        id,
        dedupeKey: dedupeKeyOf(plan),
        stream: plan.stream,
        endpoint: plan.endpoint.endpoint,
        receiver: group.route.receiver,
        integration: integration.kind,
        groupKey: group.groupKey,
        status: notification.status,
        reason: plan.reason,
        title,
        alerts: alerts.map(({ fingerprint }) => fingerprint),
        createdAt: now,
        payload,
        startsAtOnce: this.#deps.reserve(plan.endpoint.endpoint, plan.stream),
      },
    };
  }
}

/** What the notification log is kept by: Alertmanager's group key, receiver, integration and index. */
function streamOf(groupKey: string, endpoint: string): string {
  return `${groupKey}:${endpoint}`;
}

interface NotificationParts {
  readonly plan: Plan;
  readonly group: GroupSnapshot;
  readonly alerts: readonly NotifiedAlert[];
  readonly id: string;
  readonly now: number;
}

function notificationOf({ plan, group, alerts, id, now }: NotificationParts): Notification {
  return {
    id,
    receiver: group.route.receiver,
    groupKey: group.groupKey,
    groupLabels: group.groupLabels,
    routeLabels: group.route.labels,
    status: plan.firing.length > 0 ? 'firing' : 'resolved',
    reason: plan.reason,
    alerts,
    createdAt: now,
    repeatIntervalMs: group.route.repeatIntervalMs,
  };
}

/**
 * Equal for the same transition, over restarts: which alerts fire since when, which resolved when, and after which earlier
 * notification. Unique in the database, so the same transition cannot be queued twice.
 */
function dedupeKeyOf(plan: Plan): string {
  const marks = [
    plan.stream,
    plan.previous?.notifiedAt ?? 0,
    ...plan.firing.map(({ fingerprint, startsAt }) => `f${fingerprint}@${startsAt}`).sort(),
    ...plan.resolved.map(({ fingerprint, endsAt }) => `r${fingerprint}@${endsAt}`).sort(),
  ];
  return createHash('sha256').update(JSON.stringify(marks)).digest('hex');
}

function fingerprints(alerts: readonly NotifiedAlert[]): ReadonlySet<string> {
  return new Set(alerts.map(({ fingerprint }) => fingerprint));
}
