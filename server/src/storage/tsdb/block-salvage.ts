import type { Logger } from '../../runtime/logger.ts';
import { integerOf, type Row } from './rows.ts';
import { isDamage, type TsdbDatabase } from './tsdb-database.ts';

export interface Salvage {
  readonly database: TsdbDatabase;
  readonly logger: Logger;
  readonly cause: unknown;
}

const COLUMNS = 'id, kind, metric, min_ms, max_ms, min_ref, max_ref, series, samples, span_ms, is_rolled, bytes';
/** What the index holds besides the key; the other columns only steer maintenance, and 0 there means unknown. */
const INDEX_COLUMNS =
  'id, kind, metric, min_ms, max_ms, min_ref, max_ref, 0 AS series, 0 AS samples, 0 AS span_ms, 0 AS is_rolled, 0 AS bytes';

/**
 * Makes a new table of blocks from what can still be read of a damaged one and of its index, which hold the same places.
 * The old table stays under another name: its pages cannot be trusted, not even to be freed.
 */
export function salvageBlocks({ database, logger, cause }: Salvage): void {
  const saved = new Map<number, Row>();
  for (const sql of [
    `SELECT ${INDEX_COLUMNS} FROM block ORDER BY kind, metric, max_ms`,
    `SELECT ${INDEX_COLUMNS} FROM block ORDER BY kind DESC, metric DESC, max_ms DESC`,
    `SELECT ${COLUMNS} FROM block NOT INDEXED ORDER BY id`,
    `SELECT ${COLUMNS} FROM block NOT INDEXED ORDER BY id DESC`,
  ]) {
    collect(database, sql, saved);
  }
  const suffix = unusedSuffix(database);
  database.transaction(() => rebuild(database, suffix, [...saved.values()]));
  logger.error(
    { err: cause, savedBlocks: saved.size },
    'the table of blocks was damaged and has been rebuilt; other blocks are lost',
  );
}

/**
 * Begins a new table of blobs where the old one can no longer be written. What can be read of the old one is still found there,
 * see `rowsTables`.
 */
export function replaceBlockRows({ database, logger, cause }: Salvage): void {
  const name = `block_rows_damaged_${rowsTables(database).length}`;
  database.backgroundTransaction(() => {
    const schema = database.prepare("SELECT sql FROM sqlite_schema WHERE type = 'table' AND name = 'block_rows'").get();
    database.prepare(`ALTER TABLE block_rows RENAME TO ${name}`).run();
    database.prepare(String(schema?.sql)).run();
  });
  logger.error(
    { err: cause },
    'the table of block contents is damaged; what is readable of it stays, and a new one takes what comes',
  );
}

/** The tables that hold blobs, the one that is written first. */
export function rowsTables(database: TsdbDatabase): readonly string[] {
  return database
    .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name GLOB 'block_rows*' ORDER BY name")
    .all()
    .map(({ name }) => String(name));
}

/** Reads until the end or the torn page. */
function collect(database: TsdbDatabase, sql: string, into: Map<number, Row>): void {
  try {
    for (const row of database.prepare(sql).iterate()) {
      into.set(integerOf(row, 'id'), row);
    }
  } catch (error) {
    if (!isDamage(error)) {
      throw error;
    }
  }
}

function unusedSuffix(database: TsdbDatabase): number {
  const tables = database.prepare("SELECT count(*) AS tables FROM sqlite_schema WHERE name GLOB 'block_damaged_*'").get();
  return integerOf(tables, 'tables') + 1;
}

function rebuild(database: TsdbDatabase, suffix: number, rows: readonly Row[]): void {
  const schema = database.prepare("SELECT sql FROM sqlite_schema WHERE type = 'table' AND name = 'block'").get();
  for (const sql of [
    `ALTER TABLE block RENAME TO block_damaged_${suffix}`,
    String(schema?.sql),
    `CREATE INDEX block_by_metric_${suffix} ON block (kind, metric, max_ms, min_ms, min_ref, max_ref)`,
    `CREATE INDEX block_by_age_${suffix} ON block (kind, max_ms)`,
    `CREATE INDEX block_by_span_${suffix} ON block (kind, span_ms, min_ms)`,
    `CREATE INDEX block_by_rollup_${suffix} ON block (kind, is_rolled, min_ms)`,
  ]) {
    database.prepare(sql).run();
  }
  const insert = database.prepare(`INSERT INTO block (${COLUMNS}) VALUES (${COLUMNS.replace(/\w+/g, '?')})`);
  for (const row of rows) {
    insert.run(...COLUMNS.split(', ').map((column) => integerOf(row, column)));
  }
}
