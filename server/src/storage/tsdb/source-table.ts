import { integerOf, textOf } from './rows.ts';
import type { TsdbDatabase } from './tsdb-database.ts';

/** Sources by name: their numbers in the database and their newest committed watermark. */
export class SourceTable {
  readonly #database: TsdbDatabase;
  readonly #ids = new Map<string, number>();
  readonly #names = new Map<number, string>();
  readonly #watermarks = new Map<string, number>();

  constructor(database: TsdbDatabase) {
    this.#database = database;
    for (const row of database.prepare('SELECT id, name, watermark_ms FROM source').iterate()) {
      this.#remember(textOf(row, 'name'), integerOf(row, 'id'));
      if (row.watermark_ms !== null) {
        this.#watermarks.set(textOf(row, 'name'), integerOf(row, 'watermark_ms'));
      }
    }
  }

  get watermarks(): ReadonlyMap<string, number> {
    return this.#watermarks;
  }

  nameOf(id: number): string | undefined {
    return this.#names.get(id);
  }

  /** The source's number, given one inside the current transaction when it is new. Not remembered before `committed`. */
  idOf(name: string): number {
    const known = this.#ids.get(name);
    if (known !== undefined) {
      return known;
    }
    this.#database.prepare('INSERT INTO source (name) VALUES (?) ON CONFLICT DO NOTHING').run(name);
    return integerOf(this.#database.prepare('SELECT id FROM source WHERE name = ?').get(name), 'id');
  }

  /** Writes a source and its watermark inside the current transaction. A watermark never goes back. */
  write(name: string, watermarkMs: number | undefined): void {
    const id = this.idOf(name);
    if (watermarkMs !== undefined) {
      this.#database
        .prepare('UPDATE source SET watermark_ms = max(coalesce(watermark_ms, ?1), ?1) WHERE id = ?2')
        .run(watermarkMs, id);
    }
  }

  /** The transaction that used `name` is durable. */
  committed(name: string, watermarkMs: number | undefined): void {
    if (!this.#ids.has(name)) {
      this.#remember(name, this.idOf(name));
    }
    if (watermarkMs !== undefined) {
      this.#watermarks.set(name, Math.max(watermarkMs, this.#watermarks.get(name) ?? watermarkMs));
    }
  }

  #remember(name: string, id: number): void {
    this.#ids.set(name, id);
    this.#names.set(id, name);
  }
}
