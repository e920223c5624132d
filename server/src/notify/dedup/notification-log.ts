import type { NotifyDatabase } from '../notify-tables.ts';
import type { LogEntry } from './decide.ts';

/** Expired entries stay this long, because their time is part of the next delivery's dedupe key. */
const GRACE_MS = 35 * 86_400_000;

/** The notification log: read from memory, written by whoever commits a delivery (`saveLogEntry`) and then told here. */
export class NotificationLog {
  readonly #database: NotifyDatabase;
  readonly #entries: Map<string, LogEntry>;

  private constructor(database: NotifyDatabase, entries: readonly LogEntry[]) {
    this.#database = database;
    this.#entries = new Map(entries.map((entry) => [entry.stream, entry]));
  }

  static async open(database: NotifyDatabase, now: number): Promise<NotificationLog> {
    await database
      .deleteFrom('notification_log')
      .where('expires_at', '<', now - GRACE_MS)
      .execute();
    const rows = await database.selectFrom('notification_log').selectAll().execute();
    return new NotificationLog(
      database,
      rows.map((row) => ({
        stream: row.stream,
        notifiedAt: row.notified_at,
        firing: new Set<string>(JSON.parse(row.firing)),
        resolved: new Set<string>(JSON.parse(row.resolved)),
        expiresAt: row.expires_at,
        deliveryId: row.delivery_id,
        failedAt: row.failed_at,
      })),
    );
  }

  get(stream: string): LogEntry | undefined {
    return this.#entries.get(stream);
  }

  /** Takes note of an entry that is durable now. */
  recorded(entry: LogEntry): void {
    this.#entries.set(entry.stream, entry);
    for (const { stream, expiresAt } of this.#entries.values()) {
      if (expiresAt < entry.notifiedAt - GRACE_MS) {
        this.#entries.delete(stream);
      }
    }
  }

  /** Fingerprints that some receiver was last told are firing, by entries in force. */
  firing(now: number): ReadonlySet<string> {
    const inForce = [...this.#entries.values()].filter(({ expiresAt }) => now < expiresAt);
    return new Set(inForce.flatMap(({ firing }) => [...firing]));
  }

  /** Makes these, when they fire again, news to every receiver. Durable when it resolves. */
  async clearFiring(gone: ReadonlySet<string>): Promise<void> {
    const cleared = [...this.#entries.values()]
      .filter(({ firing }) => !firing.isDisjointFrom(gone))
      .map((entry): LogEntry => ({ ...entry, firing: entry.firing.difference(gone) }));
    await this.#database.transaction().execute(async (transaction) => {
      for (const entry of cleared) {
        await saveLogEntry(transaction, entry);
      }
    });
    for (const entry of cleared) {
      this.#entries.set(entry.stream, entry);
    }
  }

  /** Takes note that a delivery was given up, unless the stream has been told something newer. */
  deliveryFailed(stream: string, deliveryId: string, at: number): void {
    const entry = this.#entries.get(stream);
    if (entry?.deliveryId === deliveryId) {
      this.#entries.set(stream, { ...entry, failedAt: at });
    }
  }
}

/** Writes an entry inside the caller's transaction. */
export async function saveLogEntry(transaction: NotifyDatabase, entry: LogEntry): Promise<void> {
  const row = {
    stream: entry.stream,
    notified_at: entry.notifiedAt,
    firing: JSON.stringify([...entry.firing]),
    resolved: JSON.stringify([...entry.resolved]),
    expires_at: entry.expiresAt,
    delivery_id: entry.deliveryId,
    failed_at: entry.failedAt,
  };
  await transaction
    .insertInto('notification_log')
    .values(row)
    .onConflict((conflict) => conflict.column('stream').doUpdateSet(row))
    .execute();
}
