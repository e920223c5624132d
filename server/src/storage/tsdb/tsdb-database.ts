import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { MIGRATIONS } from './migrations.ts';
import { integerOf } from './rows.ts';

const FORMAT = MIGRATIONS.at(-1)?.format ?? 0;

export class TsdbFormatError extends Error {
  override readonly name = 'TsdbFormatError';
}

/** A page without which the rest cannot be found is damaged: the first, the schema, or the top of a table of series. */
export class TsdbDamagedError extends Error {
  override readonly name = 'TsdbDamagedError';

  constructor(path: string, options: ErrorOptions) {
    super(
      `${path} is damaged so that it cannot be opened: put a backup in its place, or move it away and Tila begins a new, empty one`,
      options,
    );
  }
}

/** Nothing of the write was stored. Reads go on, and writes do as soon as there is space. */
export class DiskFullError extends Error {
  override readonly name = 'DiskFullError';

  constructor(path: string, options: ErrorOptions) {
    super(`no space left for ${path}: free some, or lower storage.retention or storage.retention_size`, options);
  }
}

/** Primary result codes, https://www.sqlite.org/rescode.html */
const SQLITE_CORRUPT = 11;
const SQLITE_FULL = 13;
const SQLITE_NOTADB = 26;

/** True for what SQLite throws when it meets a page that cannot be what it should be. */
export function isDamage(error: unknown): boolean {
  const code = sqliteCode(error);
  return code === SQLITE_CORRUPT || code === SQLITE_NOTADB;
}

/** 128 MB. */
const LATE_CHECKPOINT_PAGES = 32_768;

/** In WAL mode readers and writers do not wait for each other, but for moments such as the end of a checkpoint, or a thread that closes the file. */
const TIMEOUT_MS = 5_000;

/** The metrics database: one connection, prepared statements kept, transactions as functions. */
export class TsdbDatabase implements Disposable {
  readonly #path: string;
  readonly #database: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();

  /**
   * Opens or creates the file and brings it to this Tila's format. WAL with `synchronous=FULL`: a commit that returned
   * survives a killed process and a power cut.
   * `readOnly` is for a further connection, in another thread, to a file that one has open for writing.
   * @throws TsdbFormatError when a newer Tila wrote the file, TsdbDamagedError when its first page or schema is gone.
   */
  constructor(path: string, { readOnly = false }: { readonly readOnly?: boolean } = {}) {
    this.#path = path;
    this.#database = new DatabaseSync(path, { readOnly, timeout: TIMEOUT_MS, enableForeignKeyConstraints: false });
    try {
      if (!readOnly) {
        this.#prepareFile();
      }
    } catch (error) {
      this.#database.close();
      throw isDamage(error) ? new TsdbDamagedError(path, { cause: error }) : error;
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

  /**
   * Runs a synchronous function in one transaction; what it throws rolls everything back and comes out unchanged,
   * but for a full disk: that is a DiskFullError.
   */
  transaction<Result>(work: () => Result): Result {
    try {
      this.#database.exec('BEGIN IMMEDIATE');
      const result = work();
      this.#database.exec('COMMIT');
      return result;
    } catch (error) {
      // On a full disk SQLite has already rolled back by itself.
      if (this.#database.isTransaction) {
        this.#database.exec('ROLLBACK');
      }
      throw sqliteCode(error) === SQLITE_FULL ? new DiskFullError(this.#path, { cause: error }) : error;
    }
  }

  /**
   * A transaction whose loss in a power cut only undoes work that would be done again: it does not wait for the disk. A killed
   * process loses nothing of it, and the next `transaction` makes it as durable as itself.
   */
  backgroundTransaction<Result>(work: () => Result): Result {
    this.#database.exec('PRAGMA synchronous = NORMAL');
    try {
      return this.transaction(work);
    } finally {
      this.#database.exec('PRAGMA synchronous = FULL');
    }
  }

  /** The error for damage that nothing can be saved from. */
  beyondRepair(cause: unknown): TsdbDamagedError {
    return new TsdbDamagedError(this.#path, { cause });
  }

  [Symbol.dispose](): void {
    this.#statements.clear();
    this.#database.close();
  }

  #prepareFile(): void {
    // auto_vacuum can only be chosen before the first table; without it retention could never give space back.
    this.#database.exec('PRAGMA auto_vacuum = INCREMENTAL; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;');
    // Checkpoints are the Checkpointer's; this is for when it does not keep up.
    this.#database.exec(`PRAGMA wal_autocheckpoint = ${LATE_CHECKPOINT_PAGES}`);
    const format = integerOf(this.#database.prepare('PRAGMA user_version').get(), 'user_version');
    if (format > FORMAT) {
      throw new TsdbFormatError(
        `${this.#path} has format ${format}, this Tila knows up to ${FORMAT}: start the newer Tila that wrote it`,
      );
    }
    for (const step of MIGRATIONS.filter((migration) => migration.format > format)) {
      this.transaction(() => this.#database.exec(`${step.sql}; PRAGMA user_version = ${step.format};`));
    }
  }
}

function sqliteCode(error: unknown): number | undefined {
  const code = error instanceof Error && 'errcode' in error ? error.errcode : undefined;
  // Extended codes carry the primary one in their lowest byte.
  return typeof code === 'number' ? code & 0xff : undefined;
}
