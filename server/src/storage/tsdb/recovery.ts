import { Labels } from '../../model/labels.ts';
import type { MetricMetadata } from '../../model/series-store.ts';
import type { Logger } from '../../runtime/logger.ts';
import type { Deletions } from './deletions.ts';
import type { HeadChanges } from './head-changes.ts';
import { HotWriter } from './hot-writer.ts';
import { MemorySeries, NEVER_CUT } from './memory-series.ts';
import { blobOf, integerOf, integerOr, type Row, textOf } from './rows.ts';
import type { SeriesGroups } from './series-groups.ts';
import type { SeriesIndex } from './series-index.ts';
import type { SourceTable } from './source-table.ts';
import { StagedRows } from './staged-rows.ts';
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

/** Brings index and head back to where the last commit left them. Returns how many WAL rows were damaged and left out. */
export function recover(deps: RecoveryDeps): number {
  loadSeries(deps);
  for (const row of deps.database.prepare('SELECT metric, json FROM metadata').iterate()) {
    deps.metadata.set(textOf(row, 'metric'), parseMetadata(textOf(row, 'json')));
  }
  return replayWal(deps);
}

function loadSeries({ database, index, sources }: RecoveryDeps): void {
  for (const row of database.prepare('SELECT * FROM series ORDER BY ref').iterate()) {
    const source = row.source === null ? null : (sources.nameOf(integerOf(row, 'source')) ?? null);
    index.add(
      new MemorySeries({ ref: integerOf(row, 'ref'), labels: parseLabels(textOf(row, 'labels')), source }, cutPosition(row)),
    );
  }
  for (const row of database.prepare('SELECT ref, source FROM other_source').iterate()) {
    const name = sources.nameOf(integerOf(row, 'source'));
    if (name !== undefined) {
      index.byRef(integerOf(row, 'ref'))?.addSource(name);
    }
  }
}

function cutPosition(row: Row) {
  return {
    beforeMs: integerOr(row, 'cut_before_ms', NEVER_CUT.beforeMs),
    walId: integerOr(row, 'cut_wal', NEVER_CUT.walId),
    newestMs: integerOr(row, 'cut_newest_ms', NEVER_CUT.newestMs),
  };
}

function replayWal(deps: RecoveryDeps): number {
  let damaged = 0;
  const hot = new HotWriter(deps);
  for (const id of walIds(deps.database)) {
    try {
      const row = deps.database.prepare('SELECT rows FROM wal WHERE id = ?').get(id) ?? {};
      hot.apply(storedRows(deps, id, decodeWalRows(blobOf(row, 'rows'))));
    } catch (err) {
      damaged += 1;
      deps.logger.error({ err, walRow: id }, 'write-ahead log row is damaged and left out; its samples are lost');
    }
  }
  return damaged;
}

/** Read up front, so that one damaged page does not end the walk over the others. */
function walIds(database: TsdbDatabase): readonly number[] {
  return database
    .prepare('SELECT id FROM wal ORDER BY id')
    .all()
    .map((row) => integerOf(row, 'id'));
}

/** Rows that were cut to blocks, or deleted, are still in the WAL until their whole row is no longer needed; they are passed over. */
function storedRows({ index, deletions }: RecoveryDeps, walId: number, { refs, timestamps, values }: WalRows): StagedRows {
  const rows = new StagedRows(refs.length);
  for (const [i, ref] of refs.entries()) {
    const series = index.byRef(ref);
    const timestampMs = timestamps[i] ?? 0;
    const isUncut = series !== undefined && (walId > series.cut.walId || timestampMs >= series.cut.beforeMs);
    if (isUncut && !deletions.hasWalRow(ref, walId, timestampMs)) {
      rows.add(series, timestampMs, values[i] ?? 0);
    }
  }
  rows.endRequest();
  return rows;
}

function parseLabels(json: string): Labels {
  // The appender wrote it from a Labels object; SQLite's own checks cover the text.
  return Labels.from(JSON.parse(json) as Record<string, string>);
}

function parseMetadata(json: string): MetricMetadata {
  // As above.
  return JSON.parse(json) as MetricMetadata;
}
