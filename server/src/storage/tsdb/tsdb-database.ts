import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { integerOf } from './rows.ts';

const FORMAT = 1;

/**
 * `wal`: one row a commit, deleted once blocks hold all its rows. `series`: labels as JSON and how far they are cut
 * (see CutPosition). AUTOINCREMENT, because a ref or WAL id that came back would point at other rows than it was written for.
 */
const SCHEMA = `
CREATE TABLE source (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, watermark_ms INTEGER) STRICT;
CREATE TABLE series (
  ref INTEGER PRIMARY KEY AUTOINCREMENT, labels TEXT NOT NULL, source INTEGER REFERENCES source,
  cut_before_ms INTEGER, cut_wal INTEGER, cut_newest_ms INTEGER
) STRICT;
CREATE TABLE other_source (ref INTEGER NOT NULL, source INTEGER NOT NULL, PRIMARY KEY (ref, source)) STRICT, WITHOUT ROWID;
CREATE TABLE metadata (metric TEXT PRIMARY KEY, json TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE wal (id INTEGER PRIMARY KEY AUTOINCREMENT, max_ms INTEGER NOT NULL, rows BLOB NOT NULL) STRICT;
CREATE TABLE metric (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;
CREATE TABLE block (
  id INTEGER PRIMARY KEY AUTOINCREMENT, metric INTEGER NOT NULL, min_ms INTEGER NOT NULL, max_ms INTEGER NOT NULL,
  min_ref INTEGER NOT NULL, max_ref INTEGER NOT NULL, bytes INTEGER NOT NULL, rows BLOB NOT NULL
) STRICT;
CREATE INDEX block_by_metric ON block (metric, max_ms, min_ms, min_ref, max_ref);
CREATE INDEX block_by_age ON block (max_ms);
PRAGMA user_version = ${FORMAT};
`;

export class TsdbFormatError extends Error {
  override readonly name = 'TsdbFormatError';
}

/** The metrics database: one connection, prepared statements kept, transactions as functions. */
export class TsdbDatabase implements Disposable {
  readonly #database: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();

  /**
   * Opens or creates the file. WAL with `synchronous=FULL`: a commit that returned survives a killed process and a power cut.
   * @throws TsdbFormatError when a newer Tila wrote the file.
   */
  constructor(path: string) {
    // auto_vacuum can only be chosen before the first table; without it retention could never give space back.
    this.#database = new DatabaseSync(path, { timeout: 0, enableForeignKeyConstraints: false });
    this.#database.exec('PRAGMA auto_vacuum = INCREMENTAL; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;');
    const format = integerOf(this.prepare('PRAGMA user_version').get(), 'user_version');
    if (format > FORMAT) {
      this.#database.close();
      throw new TsdbFormatError(
        `${path} has format ${format}, this Tila knows up to ${FORMAT}: start the newer Tila that wrote it`,
      );
    }
    if (format === 0) {
      this.transaction(() => this.#database.exec(SCHEMA));
    }
  }

  /** The statement for this text, prepared once. */
  prepare(sql: string): StatementSync {
    const known = this.#statements.get(sql);
    if (known !== undefined) {
      return known;
    }
    const statement = this.#database.prepare(sql);
    this.#statements.set(sql, statement);
    return statement;
  }

  /** Runs a synchronous function in one transaction; what it throws rolls everything back and comes out unchanged. */
  transaction<Result>(work: () => Result): Result {
    this.#database.exec('BEGIN IMMEDIATE');
    try {
      const result = work();
      this.#database.exec('COMMIT');
      return result;
    } catch (error) {
      // On a full disk SQLite has already rolled back by itself.
      if (this.#database.isTransaction) {
        this.#database.exec('ROLLBACK');
      }
      throw error;
    }
  }

  [Symbol.dispose](): void {
    this.#statements.clear();
    this.#database.close();
  }
}
