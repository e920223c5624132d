import { Labels, METRIC_NAME } from '../../model/labels.ts';
import { type Matcher, matchesAll } from '../../model/matcher.ts';
import { sqlTime } from './block-entry.ts';
import { integerOf, type Row, textOf } from './rows.ts';
import type { TsdbDatabase } from './tsdb-database.ts';

/** A series whose samples retention has taken; only rollups are left of it, so it costs no memory. */
export interface ArchivedOne {
  readonly ref: number;
  readonly labels: Labels;
}

const ROWS_PER_PAGE = 1_000;

/** Series that have nothing left but rollups, in the database only. */
export class ArchivedSeries {
  readonly #database: Pick<TsdbDatabase, 'prepare'>;

  constructor(database: Pick<TsdbDatabase, 'prepare'>) {
    this.#database = database;
  }

  /** Writes series inside the current transaction. */
  write(series: readonly { readonly ref: number; readonly labels: Labels; readonly newestMs: number }[]): void {
    const insert = this.#database.prepare(
      'INSERT OR REPLACE INTO archived_series (ref, metric, labels, newest_ms) VALUES (?, ?, ?, ?)',
    );
    for (const { ref, labels, newestMs } of series) {
      insert.run(ref, labels.metricName, JSON.stringify(labels), newestMs);
    }
  }

  /** Forgets up to `limit` series whose newest sample was before the given time; the number forgotten. */
  forgetBefore(timestampMs: number, limit: number): number {
    const { changes } = this.#database
      .prepare(
        'DELETE FROM archived_series WHERE ref IN (SELECT ref FROM archived_series WHERE newest_ms < ? ORDER BY newest_ms LIMIT ?)',
      )
      .run(timestampMs, limit);
    return Number(changes);
  }

  /**
   * Archived series that match and had a sample at or after the given time. Read in pages, each followed by one yield of what
   * matched, so that nothing is held open while others run.
   */
  *matching(matchers: readonly Matcher[], fromMs: number): Generator<readonly ArchivedOne[]> {
    const metric = matchers.find(({ name, operator }) => name === METRIC_NAME && operator === '=')?.value;
    const read = this.#database.prepare(
      metric === undefined
        ? 'SELECT ref, labels FROM archived_series WHERE ref > ?1 AND newest_ms >= ?2 ORDER BY ref LIMIT ?3'
        : 'SELECT ref, labels FROM archived_series WHERE ref > ?1 AND newest_ms >= ?2 AND metric = ?4 ORDER BY ref LIMIT ?3',
    );
    for (let last = -1, isEnd = false; !isEnd; ) {
      const rows = read.all(...[last, sqlTime(fromMs), ROWS_PER_PAGE, ...(metric === undefined ? [] : [metric])]);
      yield rows.map(archivedOneOf).filter(({ labels }) => matchesAll(matchers, labels));
      isEnd = rows.length < ROWS_PER_PAGE;
      last = isEnd ? last : integerOf(rows.at(-1), 'ref');
    }
  }
}

function archivedOneOf(row: Row): ArchivedOne {
  // Written above from a Labels object.
  return { ref: integerOf(row, 'ref'), labels: Labels.from(JSON.parse(textOf(row, 'labels')) as Record<string, string>) };
}
