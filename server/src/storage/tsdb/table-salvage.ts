import type { Logger } from '../../runtime/logger.ts';
import { integerOf } from './rows.ts';
import { isDamage, type TsdbDatabase } from './tsdb-database.ts';

/** Rows whose keys are whole numbers, from one key to another, both included. */
export interface KeyRange {
  readonly from: number;
  readonly to: number;
}

/** A range of keys costs a few of these; only pages high up in a tree cost many, and little can be read below them. */
const MAX_FAILURES = 20_000;

/**
 * Reads a table around its torn pages: by halves, and halves of those where it fails. Returns what could not be read. `read`
 * leaves nothing behind when it throws.
 */
export function readAround(all: KeyRange, read: (range: KeyRange) => void): readonly KeyRange[] {
  const lost: KeyRange[] = [];
  const open: KeyRange[] = [all];
  let failures = 0;
  // Grows as it goes: wide ranges come first.
  for (const range of open) {
    try {
      read(range);
    } catch (error) {
      if (!isDamage(error)) {
        throw error;
      }
      failures += 1;
      const { from, to } = range;
      if (from === to || failures > MAX_FAILURES) {
        lost.push(range);
      } else {
        const middle = Math.floor((from + to) / 2);
        open.push({ from, to: middle }, { from: middle + 1, to });
      }
    }
  }
  return joined(lost);
}

function joined(ranges: readonly KeyRange[]): readonly KeyRange[] {
  const joined: KeyRange[] = [];
  for (const range of ranges.toSorted((a, b) => a.from - b.from)) {
    const last = joined.at(-1);
    if (last !== undefined && range.from <= last.to + 1) {
      joined[joined.length - 1] = { from: last.from, to: Math.max(last.to, range.to) };
    } else {
      joined.push(range);
    }
  }
  return joined;
}

/** The keys that the table has ever given. */
export function keysOf(database: Pick<TsdbDatabase, 'prepare'>, table: SalvageableTable): KeyRange {
  const row = database.prepare('SELECT max(seq) AS seq FROM sqlite_sequence WHERE name = ?').get(table);
  return { from: 0, to: row?.seq === null ? 0 : integerOf(row, 'seq') };
}

export type SalvageableTable = keyof typeof TABLES;

const TABLES = {
  series: { key: 'ref', isSound: 'json_valid(labels)' },
  wal: { key: 'id', isSound: 'TRUE' },
} as const;

/**
 * Makes a new table of what can still be read of a damaged one. Keys are never given again, also those of lost rows: blocks and
 * positions speak of them. The old table stays under another name: its pages cannot be trusted, not even to be freed.
 * @throws TsdbDamagedError when there is no room for a new one beside it, as may be with its topmost page
 */
export function salvageTable(
  database: TsdbDatabase,
  table: SalvageableTable,
  { logger, cause }: { readonly logger: Logger; readonly cause: unknown },
): void {
  const keys = keysOf(database, table);
  const { readable, lost } = divided(database, table, keys);
  try {
    database.transaction(() => rebuild(database, table, { keys, readable }));
  } catch (error) {
    throw isDamage(error) ? database.beyondRepair(error) : error;
  }
  const shown = lost.slice(0, 20).map(({ from, to }) => `${from}-${to}`);
  logger.error({ err: cause, table, lost: shown }, 'a table was damaged and has been rebuilt; the rows with these keys are lost');
}

interface Division {
  readonly readable: readonly KeyRange[];
  readonly lost: readonly KeyRange[];
}

/** Found out before anything is written: a write that meets a torn page takes its transaction with it. */
function divided(database: TsdbDatabase, table: SalvageableTable, keys: KeyRange): Division {
  const readable: KeyRange[] = [];
  const rows = database.prepare(`SELECT * FROM ${table} WHERE ${TABLES[table].key} BETWEEN ? AND ?`);
  const lost = readAround(keys, (range) => {
    for (const _row of rows.iterate(range.from, range.to)) {
      // Only whether it can be read matters.
    }
    readable.push(range);
  });
  return { readable, lost };
}

function rebuild(
  database: TsdbDatabase,
  table: SalvageableTable,
  { keys, readable }: { readonly keys: KeyRange; readonly readable: readonly KeyRange[] },
): void {
  const { key, isSound } = TABLES[table];
  const damaged = `${table}_damaged_${damagedTables(database, table) + 1}`;
  const schema = database.prepare("SELECT sql FROM sqlite_schema WHERE type = 'table' AND name = ?").get(table);
  database.prepare(`ALTER TABLE ${table} RENAME TO ${damaged}`).run();
  database.prepare(String(schema?.sql)).run();
  const copy = database.prepare(`INSERT INTO ${table} SELECT * FROM ${damaged} WHERE ${key} BETWEEN ? AND ? AND ${isSound}`);
  for (const { from, to } of readable) {
    copy.run(from, to);
  }
  database.prepare('DELETE FROM sqlite_sequence WHERE name = ?').run(table);
  database.prepare('INSERT INTO sqlite_sequence (name, seq) VALUES (?, ?)').run(table, keys.to);
}

function damagedTables(database: TsdbDatabase, table: SalvageableTable): number {
  const row = database.prepare('SELECT count(*) AS tables FROM sqlite_schema WHERE name GLOB ?').get(`${table}_damaged_*`);
  return integerOf(row, 'tables');
}
