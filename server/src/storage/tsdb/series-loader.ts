import { LabelTexts } from './label-texts.ts';
import { type CutPosition, MemorySeries, NEVER_CUT } from './memory-series.ts';
import { integerOf } from './rows.ts';
import type { SeriesGroups } from './series-groups.ts';
import type { SeriesIndex } from './series-index.ts';
import type { SourceTable } from './source-table.ts';
import type { TsdbDatabase } from './tsdb-database.ts';

export interface SeriesLoaderDeps {
  readonly database: TsdbDatabase;
  readonly index: SeriesIndex;
  readonly groups: SeriesGroups;
  readonly sources: SourceTable;
}

type SeriesRow = readonly [
  ref: number,
  labels: string,
  source: number | null,
  cutBeforeMs: number | null,
  cutWal: number | null,
  cutNewestMs: number | null,
];

const SERIES_PER_BATCH = 5_000;

/** Makes the index know every series of the database, in the order of their refs. */
export function loadSeries({ database, groups, index, sources }: SeriesLoaderDeps): void {
  const texts = new LabelTexts();
  let previous: CutPosition = NEVER_CUT;
  for (const [ref, labels, sourceId, ...cut] of seriesRows(database)) {
    const source = sourceId === null ? null : (sources.nameOf(sourceId) ?? null);
    // Series cut together have equal positions; they share one.
    previous = positionOf(cut, previous);
    const series = new MemorySeries({ ref, labels: texts.parse(labels), source }, previous);
    index.add(series);
    texts.learn(series.labels);
    groups.noteCold(previous.beforeMs);
  }
  for (const row of database.prepare('SELECT ref, source FROM other_source').iterate()) {
    const name = sources.nameOf(integerOf(row, 'source'));
    if (name !== undefined) {
      index.byRef(integerOf(row, 'ref'))?.addSource(name);
    }
  }
}

/** Rows as arrays, whole batches at a time: objects, or an iterator, cost three times as much. */
function* seriesRows(database: TsdbDatabase): Generator<SeriesRow> {
  const batch = database.prepare(`
    SELECT ref, labels, source, cut_before_ms, cut_wal, cut_newest_ms FROM series WHERE ref > ? ORDER BY ref LIMIT ${SERIES_PER_BATCH}
  `);
  batch.setReturnArrays(true);
  for (let last = -1, isMore = true; isMore; ) {
    // Of arrays, as asked for, with the columns' types, which the table is strict about.
    const rows = batch.all(last) as unknown as readonly SeriesRow[];
    yield* rows;
    last = rows.at(-1)?.[0] ?? last;
    isMore = rows.length === SERIES_PER_BATCH;
  }
}

function positionOf([before, wal, newest]: readonly (number | null)[], known: CutPosition): CutPosition {
  const beforeMs = before ?? NEVER_CUT.beforeMs;
  const walId = wal ?? NEVER_CUT.walId;
  const newestMs = newest ?? NEVER_CUT.newestMs;
  return known.beforeMs === beforeMs && known.walId === walId && known.newestMs === newestMs
    ? known
    : { beforeMs, walId, newestMs };
}
