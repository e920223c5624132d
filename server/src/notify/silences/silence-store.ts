import type { NotifyDatabase } from '../notify-tables.ts';
import type { Silence } from './silence.ts';

/** Silences on disk. Every write is durable when its promise resolves. */
export class SilenceStore {
  readonly #database: NotifyDatabase;

  constructor(database: NotifyDatabase) {
    this.#database = database;
  }

  async all(): Promise<readonly Silence[]> {
    const rows = await this.#database.selectFrom('silence').selectAll().execute();
    return rows.map((row) => ({
      id: row.id,
      matchers: JSON.parse(row.matchers),
      startsAt: row.starts_at,
      endsAt: row.ends_at,
      updatedAt: row.updated_at,
      createdBy: row.created_by,
      comment: row.comment,
    }));
  }

  /** Writes all of them or none. */
  async save(silences: readonly Silence[]): Promise<void> {
    await this.#database.transaction().execute(async (transaction) => {
      for (const silence of silences) {
        const row = {
          id: silence.id,
          matchers: JSON.stringify(silence.matchers),
          starts_at: silence.startsAt,
          ends_at: silence.endsAt,
          updated_at: silence.updatedAt,
          created_by: silence.createdBy,
          comment: silence.comment,
        };
        await transaction
          .insertInto('silence')
          .values(row)
          .onConflict((conflict) => conflict.column('id').doUpdateSet(row))
          .execute();
      }
    });
  }

  async deleteEndedBefore(at: number): Promise<void> {
    await this.#database.deleteFrom('silence').where('ends_at', '<', at).execute();
  }
}
