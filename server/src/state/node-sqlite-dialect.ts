import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { SqliteDialect } from 'kysely';

/** Lets Kysely speak to Node's own SQLite. One connection: Kysely serialises statements and transactions on it. */
export function nodeSqliteDialect(database: DatabaseSync): SqliteDialect {
  return new SqliteDialect({
    database: {
      close: () => database.close(),
      prepare: (sql) => adapt(database.prepare(sql)),
    },
  });
}

type Parameters = Parameters_[];
type Parameters_ = null | number | bigint | string | Uint8Array;

function adapt(statement: StatementSync) {
  // Kysely hands parameters as unknown[]; its compiled queries hold only what SQLite can bind.
  const bind = (parameters: readonly unknown[]): Parameters => parameters as Parameters;
  return {
    reader: statement.columns().length > 0,
    all: (parameters: readonly unknown[]) => statement.all(...bind(parameters)),
    run: (parameters: readonly unknown[]) => statement.run(...bind(parameters)),
    iterate: (parameters: readonly unknown[]) => statement.iterate(...bind(parameters)),
  };
}
