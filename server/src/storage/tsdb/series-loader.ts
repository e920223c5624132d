import type { Logger } from '../../runtime/logger.ts';
import { LabelTexts } from './label-texts.ts';
import { type CutPosition, MemorySeries, NEVER_CUT } from './memory-series.ts';
import { integerOf } from './rows.ts';
import type { SeriesGroups } from './series-groups.ts';
import type { SeriesIndex } from './series-index.ts';
import type { SourceTable } from './source-table.ts';
import { salvageTable } from './table-salvage.ts';
import { isDamage, type TsdbDatabase } from './tsdb-database.ts';

export interface SeriesLoaderDeps {
  readonly database: TsdbDatabase;
  readonly index: SeriesIndex;
  readonly groups: SeriesGroups;
  readonly sources: SourceTable;
  readonly logger: Logger;
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
export function loadSeries({ database, groups, index, sources, logger }: SeriesLoaderDeps): void {
  const texts = new LabelTexts();
  let previous: CutPosition = NEVER_CUT;
  for (const [ref, labels, sourceId, ...cut] of seriesRows(database, logger)) {
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
function* seriesRows(database: TsdbDatabase, logger: Logger): Generator<SeriesRow> {
  const batch = database.prepare(`
    SELECT ref, labels, source, cut_before_ms, cut_wal, cut_newest_ms FROM series WHERE ref > ? ORDER BY ref LIMIT ${SERIES_PER_BATCH}
  `);
  batch.setReturnArrays(true);
  // Of arrays, as asked for, with the columns' types, which the table is strict about.
  const read = (last: number) => batch.all(last) as unknown as readonly SeriesRow[];
  for (let last = -1, isMore = true; isMore; ) {
    const rows = salvaging(() => read(last), { database, logger });
    yield* rows;
    last = rows.at(-1)?.[0] ?? last;
    isMore = rows.length === SERIES_PER_BATCH;
  }
}

/** A torn page: what can be saved is copied to a new table, once, and the question asked again. */
function salvaging<Answer>(ask: () => Answer, { database, logger }: Pick<SeriesLoaderDeps, 'database' | 'logger'>): Answer {
  try {
    return ask();
  } catch (cause) {
    if (!isDamage(cause)) {
      throw cause;
    }
    salvageTable(database, 'series', { logger, cause });
    return ask();
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
