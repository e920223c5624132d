import type { LogEntry } from '../dedup/decide.ts';
import { saveLogEntry } from '../dedup/notification-log.ts';
import type { NotifyDatabase, NotifyTables } from '../notify-tables.ts';
import type { IntegrationKind } from '../receivers/receiver-config.ts';
import type { AttemptOutcome, Delivery, DeliveryAttempt, DeliveryState, QueuedDelivery } from './delivery.ts';

/** A decision to notify: what the log will say, and the delivery that makes it true (none when the receiver does not want this one). */
export interface NotificationDecision {
  readonly entry: LogEntry;
  readonly delivery: NewDelivery | null;
}

export interface NewDelivery extends Omit<Delivery, 'seq' | 'state' | 'attempts'> {
  readonly dedupeKey: string;
  readonly payload: string;
  /** The endpoint will send it as soon as it is durable; its first attempt is recorded in the same commit. */
  readonly startsAtOnce: boolean;
}

export interface DeliveryFilter {
  readonly receiver?: string;
  readonly state?: DeliveryState;
  readonly groupKey?: string;
  readonly fingerprint?: string;
  /** Created at or after, epoch milliseconds. */
  readonly since?: number;
  /** Newest first; 200 when absent. */
  readonly limit?: number;
}

export interface FinishedAttempt {
  readonly delivery: Delivery;
  readonly attempt: DeliveryAttempt;
  readonly state: DeliveryState;
  readonly nextAttemptAt: number;
  /** A smaller payload for the next attempt. */
  readonly shrunkPayload?: string;
}

type DeliveryRow = {
  readonly [Column in keyof Omit<NotifyTables['delivery'], 'seq' | 'is_shrunk'>]: NotifyTables['delivery'][Column];
} & {
  readonly seq: number;
  readonly is_shrunk: number;
};

/** The durable outbox and its history. Each method is one transaction. */
export class DeliveryStore {
  readonly #database: NotifyDatabase;

  constructor(database: NotifyDatabase) {
    this.#database = database;
  }

  /**
   * Commits log entries and their deliveries together. A delivery whose dedupe key exists already is left out, and so is its
   * log entry. First attempts that start at once are recorded with them. Returns what was really queued, in order.
   */
  async commit(decisions: readonly NotificationDecision[]): Promise<readonly QueuedDelivery[]> {
    return await this.#database.transaction().execute(async (transaction) => {
      const queued: QueuedDelivery[] = [];
      for (const { entry, delivery } of decisions) {
        const seq = delivery === null ? undefined : await insertDelivery(transaction, delivery);
        if (delivery === null || seq !== undefined) {
          await saveLogEntry(transaction, entry);
        }
        if (delivery !== null && seq !== undefined) {
          if (delivery.startsAtOnce) {
            await insertAttempt(transaction, { id: delivery.id, attempt: 1, startedAt: delivery.createdAt });
          }
          queued.push(toQueued(delivery, seq));
        }
      }
      return queued;
    });
  }

  /** Durable before the request leaves, so that a killed process knows that it may have been sent. */
  async startAttempt(delivery: Delivery, attempt: number, startedAt: number): Promise<void> {
    await insertAttempt(this.#database, { id: delivery.id, attempt, startedAt });
  }

  async finishAttempt(finished: FinishedAttempt): Promise<void> {
    const { delivery, attempt, state } = finished;
    await this.#database.transaction().execute(async (transaction) => {
      const row = {
        delivery_id: delivery.id,
        attempt: attempt.attempt,
        started_at: attempt.startedAt,
        duration_ms: attempt.durationMs,
        status: attempt.status,
        outcome: attempt.outcome,
        detail: attempt.detail,
        retry_at: attempt.retryAt,
      };
      await transaction
        .insertInto('delivery_attempt')
        .values(row)
        .onConflict((conflict) => conflict.columns(['delivery_id', 'attempt']).doUpdateSet(row))
        .execute();
      await transaction
        .updateTable('delivery')
        .set({
          state,
          next_attempt_at: finished.nextAttemptAt,
          ...(finished.shrunkPayload === undefined ? {} : { payload: finished.shrunkPayload, is_shrunk: 1 }),
        })
        .where('id', '=', delivery.id)
        .execute();
      if (state === 'failed') {
        await transaction
          .updateTable('notification_log')
          .set({ failed_at: attempt.startedAt })
          .where('stream', '=', delivery.stream)
          .where('delivery_id', '=', delivery.id)
          .execute();
      }
    });
  }

  /** What a former process left unfinished, oldest first. Attempts without an answer become `unknown`. */
  async recover(): Promise<readonly QueuedDelivery[]> {
    await this.#database
      .updateTable('delivery_attempt')
      .set({ outcome: 'unknown', detail: 'Tila stopped before an answer came; the request may have arrived' })
      .where('outcome', 'is', null)
      .execute();
    const rows = await this.#database
      .selectFrom('delivery')
      .selectAll()
      .where('state', 'in', ['pending', 'retrying'])
      .orderBy('seq')
      .execute();
    return (await this.#withAttempts(rows)).map(({ row, delivery }) => ({
      delivery,
      payload: row.payload,
      isShrunk: row.is_shrunk === 1,
      nextAttemptAt: row.next_attempt_at,
      isStarted: false,
    }));
  }

  async list(filter: DeliveryFilter = {}): Promise<readonly Delivery[]> {
    let query = this.#database
      .selectFrom('delivery')
      .selectAll()
      .orderBy('seq', 'desc')
      .limit(filter.limit ?? 200);
    query = filter.receiver === undefined ? query : query.where('receiver', '=', filter.receiver);
    query = filter.state === undefined ? query : query.where('state', '=', filter.state);
    query = filter.groupKey === undefined ? query : query.where('group_key', '=', filter.groupKey);
    query = filter.since === undefined ? query : query.where('created_at', '>=', filter.since);
    query =
      filter.fingerprint === undefined
        ? query
        : query.where('alerts', 'like', `%${escapeLike(JSON.stringify(filter.fingerprint))}%`);
    return (await this.#withAttempts(await query.execute())).map(({ delivery }) => delivery);
  }

  /** Forgets deliveries created before `at`, their attempts with them. Unfinished ones stay. */
  async deleteOlderThan(at: number): Promise<void> {
    await this.#database
      .deleteFrom('delivery')
      .where('created_at', '<', at)
      .where('state', 'not in', ['pending', 'retrying'])
      .execute();
  }

  async #withAttempts(rows: readonly DeliveryRow[]) {
    const ids = rows.map(({ id }) => id);
    const attempts = await this.#database
      .selectFrom('delivery_attempt')
      .selectAll()
      .where('delivery_id', 'in', ids)
      .where('outcome', 'is not', null)
      .orderBy('attempt')
      .execute();
    const byDelivery = Map.groupBy(attempts, (attempt) => attempt.delivery_id);
    return rows.map((row) => ({ row, delivery: toDelivery(row, (byDelivery.get(row.id) ?? []).map(toAttempt)) }));
  }
}

async function insertDelivery(transaction: NotifyDatabase, delivery: NewDelivery): Promise<number | undefined> {
  const inserted = await transaction
    .insertInto('delivery')
    .values({
      id: delivery.id,
      dedupe_key: delivery.dedupeKey,
      stream: delivery.stream,
      endpoint: delivery.endpoint,
      receiver: delivery.receiver,
      integration: delivery.integration,
      group_key: delivery.groupKey,
      status: delivery.status,
      reason: delivery.reason,
      title: delivery.title,
      alerts: JSON.stringify(delivery.alerts),
      payload: delivery.payload,
      created_at: delivery.createdAt,
      state: 'pending',
      next_attempt_at: delivery.createdAt,
    })
    .onConflict((conflict) => conflict.column('dedupe_key').doNothing())
    .returning('seq')
    .executeTakeFirst();
  return inserted?.seq;
}

async function insertAttempt(
  database: NotifyDatabase,
  { id, attempt, startedAt }: { readonly id: string; readonly attempt: number; readonly startedAt: number },
): Promise<void> {
  const row = {
    delivery_id: id,
    attempt,
    started_at: startedAt,
    duration_ms: null,
    status: null,
    outcome: null,
    detail: '',
    retry_at: null,
  };
  await database
    .insertInto('delivery_attempt')
    .values(row)
    .onConflict((conflict) => conflict.columns(['delivery_id', 'attempt']).doUpdateSet(row))
    .execute();
}

function toQueued({ dedupeKey: _, payload, startsAtOnce, ...delivery }: NewDelivery, seq: number): QueuedDelivery {
  return {
    delivery: { ...delivery, seq, state: 'pending', attempts: [] },
    payload,
    isShrunk: false,
    nextAttemptAt: delivery.createdAt,
    isStarted: startsAtOnce,
  };
}

// The columns hold only what this module wrote; the casts below name those closed sets.
function toDelivery(row: DeliveryRow, attempts: readonly DeliveryAttempt[]): Delivery {
  return {
    id: row.id,
    seq: row.seq,
    stream: row.stream,
    endpoint: row.endpoint,
    receiver: row.receiver,
    integration: row.integration as IntegrationKind,
    groupKey: row.group_key,
    status: row.status === 'firing' ? 'firing' : 'resolved',
    reason: row.reason,
    title: row.title,
    alerts: JSON.parse(row.alerts),
    createdAt: row.created_at,
    state: row.state as DeliveryState,
    attempts,
  };
}

function toAttempt(row: NotifyTables['delivery_attempt']): DeliveryAttempt {
  return {
    attempt: row.attempt,
    startedAt: row.started_at,
    durationMs: row.duration_ms,
    status: row.status,
    outcome: row.outcome as AttemptOutcome,
    detail: row.detail,
    retryAt: row.retry_at,
  };
}

function escapeLike(text: string): string {
  return text.replace(/[%_]/g, '_');
}
