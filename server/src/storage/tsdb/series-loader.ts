import { Labels, METRIC_NAME } from '../../model/labels.ts';
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

/** Reads label sets as the appender writes them. Series of one metric mostly have the same names: then they are not sorted and checked again. */
class LabelTexts {
  readonly #namesOf = new Map<string, readonly string[]>();

  parse(json: string): Labels {
    // The appender wrote it from a Labels object; SQLite's own checks cover the text.
    const parsed = JSON.parse(json) as Record<string, string>;
    const names = this.#namesOf.get(parsed[METRIC_NAME] ?? '') ?? [];
    const values = valuesOf(parsed, names);
    return values === undefined ? Labels.from(parsed) : Labels.fromSorted(names, values);
  }

  /** Takes the names of a label set for those of its metric. */
  learn(labels: Labels): void {
    const { metricName } = labels;
    if (this.#namesOf.get(metricName) !== labels.names) {
      this.#namesOf.set(metricName, labels.names);
    }
  }
}

/** The values when the names are these in this order, else undefined. */
function valuesOf(labels: Readonly<Record<string, string>>, names: readonly string[]): string[] | undefined {
  const values: string[] = [];
  for (const name in labels) {
    if (name !== names[values.length]) {
      return undefined;
    }
    values.push(labels[name] ?? '');
  }
  return values.length === names.length ? values : undefined;
}
