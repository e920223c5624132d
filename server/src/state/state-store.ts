import { readdirSync, readFileSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { Kysely } from 'kysely';
import { nodeSqliteDialect } from './node-sqlite-dialect.ts';

/** The SQL state store without tables: a module adds its own with `withTables<ModuleTables>()`. */
// biome-ignore lint/complexity/noBannedTypes: Kysely's own idiom for "no tables yet"
export type StateDatabase = Kysely<{}>;

const MIGRATIONS = new URL('./migrations/', import.meta.url);

/**
 * Opens (or creates) the state database and applies the migrations it lacks, each in its own transaction.
 * WAL with `synchronous=FULL`: what a statement has committed survives a killed process and a power cut.
 * `path` may be ':memory:'. The caller closes it with `destroy()`. Tests may hand in a migrations folder of their own.
 */
export function openStateStore(path: string, migrations: URL = MIGRATIONS): StateDatabase {
  const database = new DatabaseSync(path);
  database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA busy_timeout = 5000;');
  try {
    migrate(database, migrations);
  } catch (error) {
    database.close();
    throw error;
  }
  return new Kysely({ dialect: nodeSqliteDialect(database) });
}

function migrate(database: DatabaseSync, migrations: URL): void {
  database.exec('CREATE TABLE IF NOT EXISTS migration (name TEXT PRIMARY KEY, applied_at INTEGER NOT NULL) STRICT');
  const applied = new Set(
    database
      .prepare('SELECT name FROM migration')
      .all()
      .map((row) => row.name),
  );
  const known = readdirSync(migrations)
    .filter((name) => name.endsWith('.sql'))
    .sort();
  for (const name of known.filter((candidate) => !applied.has(candidate))) {
    database.exec('BEGIN IMMEDIATE');
    try {
      database.exec(readFileSync(new URL(name, migrations), 'utf8'));
      database.prepare('INSERT INTO migration (name, applied_at) VALUES (?, ?)').run(name, Date.now());
      database.exec('COMMIT');
    } catch (cause) {
      database.exec('ROLLBACK');
      throw new Error(`state migration ${name} failed; the database is as it was before`, { cause });
    }
  }
}
