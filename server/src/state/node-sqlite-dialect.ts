import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite';
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

function adapt(statement: StatementSync) {
  // Kysely types parameters as unknown; its compiled queries hold only what SQLite can bind, which node:sqlite checks again.
  const bindable = (parameters: readonly unknown[]) => parameters as SQLInputValue[];
  return {
    reader: statement.columns().length > 0,
    all: (parameters: readonly unknown[]) => statement.all(...bindable(parameters)),
    run: (parameters: readonly unknown[]) => statement.run(...bindable(parameters)),
    iterate: (parameters: readonly unknown[]) => statement.iterate(...bindable(parameters)),
  };
}
