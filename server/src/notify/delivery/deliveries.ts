import type { Receivers } from '../receivers/receivers.ts';
import type { Delivery, DeliveryEvent, QueuedDelivery } from './delivery.ts';
import type { DeliveryFilter, DeliveryStore } from './delivery-store.ts';
import { EndpointQueue, type EndpointQueueDeps } from './endpoint-queue.ts';

/** What others may know of deliveries. */
export interface DeliveryLog {
  /** Newest first, attempts oldest first. */
  list(filter?: DeliveryFilter): Promise<readonly Delivery[]>;
  /** Called synchronously once what it tells is durable. Returns the end of the subscription. */
  subscribe(listener: (event: DeliveryEvent) => void): () => void;
}

export interface QueueStats {
  readonly endpoint: string;
  readonly waiting: number;
  readonly pausedUntil: number;
}

export interface DeliveriesDeps extends Omit<EndpointQueueDeps, 'store' | 'onEvent'> {
  readonly store: DeliveryStore;
}

/** One queue per endpoint, and the log of all of them. Sends nothing before `resume`. */
export class Deliveries implements DeliveryLog {
  readonly #deps: DeliveriesDeps;
  readonly #queues = new Map<string, EndpointQueue>();
  readonly #listeners = new Set<(event: DeliveryEvent) => void>();
  readonly #attempts = new Map<string, number>();
  #held: QueuedDelivery[] | null = [];

  constructor(deps: DeliveriesDeps) {
    this.#deps = deps;
  }

  /** Sends through these from now on. Queues whose endpoint is gone fail what they hold. */
  use(receivers: Receivers): void {
    const endpoints = [...receivers.values()].flat();
    const gone = [...this.#queues.keys()].filter((endpoint) => !endpoints.some((kept) => kept.endpoint === endpoint));
    for (const { endpoint, integration } of endpoints) {
      this.#queueFor(endpoint).use(integration);
    }
    for (const endpoint of gone) {
      this.#queueFor(endpoint).use(undefined);
    }
  }

  /** See `EndpointQueue.reserve`. */
  reserve(endpoint: string, stream: string): boolean {
    return this.#held === null && this.#queueFor(endpoint).reserve(stream);
  }

  /** Starts sending, first what was enqueued before. Later calls do nothing. */
  resume(): void {
    const held = this.#held ?? [];
    this.#held = null;
    this.#queue(held);
  }

  /** Takes over durable deliveries and, once resumed, starts sending. `isNew` ones are announced. */
  enqueue(queued: readonly QueuedDelivery[], isNew: boolean): void {
    if (this.#held === null) {
      this.#queue(queued);
    } else {
      this.#held.push(...queued);
    }
    for (const { delivery } of isNew ? queued : []) {
      this.#emit({ delivery, attempt: null });
    }
  }

  async list(filter?: DeliveryFilter): Promise<readonly Delivery[]> {
    return await this.#deps.store.list(filter);
  }

  subscribe(listener: (event: DeliveryEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  queueStats(): readonly QueueStats[] {
    return [...this.#queues].map(([endpoint, queue]) => ({ endpoint, waiting: queue.length, pausedUntil: queue.pausedUntil }));
  }

  /** Attempts ended since start, by integration and outcome. */
  attemptCounts(): readonly { readonly integration: string; readonly outcome: string; readonly count: number }[] {
    return [...this.#attempts].map(([key, count]) => {
      const [integration = '', outcome = ''] = key.split('|');
      return { integration, outcome, count };
    });
  }

  async stop(graceMs: number): Promise<void> {
    await Promise.all([...this.#queues.values()].map((queue) => queue.stop(graceMs)));
  }

  #queue(queued: readonly QueuedDelivery[]): void {
    for (const [endpoint, deliveries] of Map.groupBy(queued, ({ delivery }) => delivery.endpoint)) {
      this.#queueFor(endpoint).add(deliveries);
    }
  }

  #queueFor(endpoint: string): EndpointQueue {
    const known = this.#queues.get(endpoint) ?? new EndpointQueue({ ...this.#deps, onEvent: (event) => this.#ended(event) });
    this.#queues.set(endpoint, known);
    return known;
  }

  #ended(event: DeliveryEvent): void {
    const key = `${event.delivery.integration}|${event.attempt?.outcome}`;
    this.#attempts.set(key, (this.#attempts.get(key) ?? 0) + 1);
    this.#emit(event);
  }

  #emit(event: DeliveryEvent): void {
    for (const listener of this.#listeners) {
      try {
        listener(event);
      } catch (err) {
        this.#deps.logger.error({ err, deliveryId: event.delivery.id }, 'a listener of the delivery log threw');
      }
    }
  }
}
