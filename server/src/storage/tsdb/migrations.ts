/**
 * One step of the file's format. A step runs once, in a transaction together with the new `user_version`:
 * a process killed on the way leaves the old format, whole. Never edit a step that has been released; add one.
 */
export interface Migration {
  readonly format: number;
  readonly sql: string;
}

/**
 * Format 1. `wal`: one row a commit, deleted once blocks hold all its rows. `series`: labels as JSON and how far they are cut
 * (see CutPosition). AUTOINCREMENT, because a ref or WAL id that came back would point at other rows than it was written for.
 */
const FORMAT_1 = `
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
`;

/**
 * Format 2. What a block holds and its bytes are two tables: walking over blocks touches no blob, and a torn page of blobs
 * costs only those. `kind`: see BlockKind. `span_ms`: the longest time compaction has merged it for. `is_rolled`: the next
 * coarser rollup has its rows. `deletion`: rows a user deleted, see Deletions. `archived_series`: series that have nothing left
 * but rollups. `progress`: how far retention has come, by name.
 */
const FORMAT_2 = `
ALTER TABLE block RENAME TO block_of_format_1;
CREATE TABLE block (
  id INTEGER PRIMARY KEY AUTOINCREMENT, kind INTEGER NOT NULL, metric INTEGER NOT NULL, min_ms INTEGER NOT NULL,
  max_ms INTEGER NOT NULL, min_ref INTEGER NOT NULL, max_ref INTEGER NOT NULL, series INTEGER NOT NULL,
  samples INTEGER NOT NULL, span_ms INTEGER NOT NULL, is_rolled INTEGER NOT NULL, bytes INTEGER NOT NULL
) STRICT;
CREATE TABLE block_rows (id INTEGER PRIMARY KEY, rows BLOB NOT NULL) STRICT;
INSERT INTO block SELECT id, 0, metric, min_ms, max_ms, min_ref, max_ref, 0, 0, 0, 0, bytes FROM block_of_format_1;
INSERT INTO block_rows SELECT id, rows FROM block_of_format_1;
DROP TABLE block_of_format_1;
CREATE INDEX block_by_metric ON block (kind, metric, max_ms, min_ms, min_ref, max_ref);
CREATE INDEX block_by_age ON block (kind, max_ms);
CREATE INDEX block_by_span ON block (kind, span_ms, min_ms);
CREATE INDEX block_by_rollup ON block (kind, is_rolled, min_ms);
CREATE TABLE deletion (
  id INTEGER PRIMARY KEY, ref INTEGER NOT NULL, from_ms INTEGER NOT NULL, to_ms INTEGER NOT NULL,
  wal_id INTEGER NOT NULL, block_id INTEGER NOT NULL
) STRICT;
CREATE TABLE archived_series (ref INTEGER PRIMARY KEY, metric TEXT NOT NULL, labels TEXT NOT NULL, newest_ms INTEGER NOT NULL) STRICT;
CREATE INDEX archived_by_metric ON archived_series (metric);
CREATE INDEX archived_by_age ON archived_series (newest_ms);
CREATE TABLE progress (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT, WITHOUT ROWID;
`;

/** All steps from an empty file on, in order. */
export const MIGRATIONS: readonly Migration[] = [
  { format: 1, sql: FORMAT_1 },
  { format: 2, sql: FORMAT_2 },
];
