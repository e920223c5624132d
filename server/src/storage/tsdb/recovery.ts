import { Labels } from '../../model/labels.ts';
import type { MetricMetadata } from '../../model/series-store.ts';
import type { Logger } from '../../runtime/logger.ts';
import type { Deletions } from './deletions.ts';
import type { HeadChanges } from './head-changes.ts';
import { HotWriter } from './hot-writer.ts';
import { type CutPosition, MemorySeries, NEVER_CUT } from './memory-series.ts';
import { ReplayedRows } from './replayed-rows.ts';
import { blobOf, integerOf, integerOr, type Row, textOf } from './rows.ts';
import type { SeriesGroups } from './series-groups.ts';
import type { SeriesIndex } from './series-index.ts';
import type { SourceTable } from './source-table.ts';
import type { TsdbDatabase } from './tsdb-database.ts';
import { decodeWalRows, type WalRows } from './wal-codec.ts';

export interface RecoveryDeps {
  readonly deletions: Deletions;
  readonly database: TsdbDatabase;
  readonly index: SeriesIndex;
  readonly groups: SeriesGroups;
  readonly changes: HeadChanges;
  readonly sources: SourceTable;
  readonly metadata: Map<string, MetricMetadata>;
  readonly logger: Logger;
}

const SERIES_PER_BATCH = 5_000;
/** Refs a series, at most, for an array by ref. */
const MAX_SPARSENESS = 8;

/** Brings index and head back to where the last commit left them. Returns how many WAL rows were damaged and left out. */
export function recover(deps: RecoveryDeps): number {
  loadSeries(deps);
  for (const row of deps.database.prepare('SELECT metric, json FROM metadata').iterate()) {
    deps.metadata.set(textOf(row, 'metric'), parseMetadata(textOf(row, 'json')));
  }
  return replayWal(deps);
}

function loadSeries({ database, groups, index, sources }: RecoveryDeps): void {
  // Whole batches at a time: an iterator makes two objects more a row.
  const batch = database.prepare(`
    SELECT ref, labels, source, cut_before_ms, cut_wal, cut_newest_ms FROM series WHERE ref > ? ORDER BY ref LIMIT ${SERIES_PER_BATCH}
  `);
  let previous: CutPosition = NEVER_CUT;
  for (let last = -1, isMore = true; isMore; ) {
    const rows = batch.all(last);
    for (const row of rows) {
      const source = row.source === null ? null : (sources.nameOf(integerOf(row, 'source')) ?? null);
      // Series cut together have equal positions; they share one.
      previous = samePosition(previous, cutPosition(row));
      last = integerOf(row, 'ref');
      index.add(new MemorySeries({ ref: last, labels: parseLabels(textOf(row, 'labels')), source }, previous));
      groups.noteCold(previous.beforeMs);
    }
    isMore = rows.length === SERIES_PER_BATCH;
  }
  for (const row of database.prepare('SELECT ref, source FROM other_source').iterate()) {
    const name = sources.nameOf(integerOf(row, 'source'));
    if (name !== undefined) {
      index.byRef(integerOf(row, 'ref'))?.addSource(name);
    }
  }
}

function samePosition(known: CutPosition, cut: CutPosition): CutPosition {
  return known.beforeMs === cut.beforeMs && known.walId === cut.walId && known.newestMs === cut.newestMs ? known : cut;
}

function cutPosition(row: Row): CutPosition {
  return {
    beforeMs: integerOr(row, 'cut_before_ms', NEVER_CUT.beforeMs),
    walId: integerOr(row, 'cut_wal', NEVER_CUT.walId),
    newestMs: integerOr(row, 'cut_newest_ms', NEVER_CUT.newestMs),
  };
}

function replayWal(deps: RecoveryDeps): number {
  let damaged = 0;
  const hot = new HotWriter(deps);
  const find = finder(deps.index);
  for (const id of walIds(deps.database)) {
    try {
      const row = deps.database.prepare('SELECT rows FROM wal WHERE id = ?').get(id) ?? {};
      hot.apply(storedRows(decodeWalRows(blobOf(row, 'rows')), id, { find, deletions: deps.deletions }));
    } catch (err) {
      damaged += 1;
      deps.logger.error({ err, walRow: id }, 'write-ahead log row is damaged and left out; its samples are lost');
    }
  }
  for (const series of deps.index.all()) {
    series.findNewest();
  }
  return damaged;
}

type FindSeries = (ref: number) => MemorySeries | undefined;

/** Refs are dense as long as few series have gone: then an array finds them without hashing. */
function finder(index: SeriesIndex): FindSeries {
  const byRef: MemorySeries[] = [];
  let first: number | undefined;
  for (const series of index.all()) {
    first ??= series.ref;
    if (series.ref - first > MAX_SPARSENESS * index.size) {
      return (ref) => index.byRef(ref);
    }
    byRef[series.ref - first] = series;
  }
  return (ref) => byRef[ref - (first ?? 0)];
}

/** Read up front, so that one damaged page does not end the walk over the others. */
function walIds(database: TsdbDatabase): readonly number[] {
  return database
    .prepare('SELECT id FROM wal ORDER BY id')
    .all()
    .map((row) => integerOf(row, 'id'));
}

/** Rows that were cut to blocks, or deleted, are still in the WAL until their whole row is no longer needed; they are passed over. */
function storedRows(
  { refs, timestamps, values }: WalRows,
  walId: number,
  { find, deletions }: { readonly find: FindSeries; readonly deletions: Deletions },
): ReplayedRows {
  const series: MemorySeries[] = [];
  const hasDeletions = !deletions.isEmpty;
  for (let i = 0; i < refs.length; i += 1) {
    const ref = refs[i] ?? 0;
    const timestampMs = timestamps[i] ?? 0;
    const found = find(ref);
    const isUncut = found !== undefined && (timestampMs >= found.cut.beforeMs || walId > found.cut.walId);
    if (isUncut && !(hasDeletions && deletions.hasWalRow(ref, walId, timestampMs))) {
      // What is passed over makes room for what is kept.
      timestamps[series.length] = timestampMs;
      values[series.length] = values[i] ?? 0;
      series.push(found);
    }
  }
  return new ReplayedRows(series, { timestamps, values });
}

function parseLabels(json: string): Labels {
  // The appender wrote it from a Labels object; SQLite's own checks cover the text.
  return Labels.from(JSON.parse(json) as Record<string, string>);
}

function parseMetadata(json: string): MetricMetadata {
  // As above.
  return JSON.parse(json) as MetricMetadata;
}
