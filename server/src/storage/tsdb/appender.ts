import type { Labels } from '../../model/labels.ts';
import { HOLE } from '../../model/sample.ts';
import type { AppendRequest, AppendResult, MetricMetadata } from '../../model/series-store.ts';
import type { BlockStore } from './block-store.ts';
import type { HeadChanges } from './head-changes.ts';
import { HotWriter } from './hot-writer.ts';
import { MemorySeries } from './memory-series.ts';
import { type ResolvedColumn, ResolvedColumns } from './resolved-columns.ts';
import { integerOf } from './rows.ts';
import type { SeriesGroups } from './series-groups.ts';
import type { SeriesIndex } from './series-index.ts';
import type { SourceTable } from './source-table.ts';
import { StagedRows } from './staged-rows.ts';
import type { TsdbDatabase } from './tsdb-database.ts';
import { encodeWalRows } from './wal-codec.ts';

export interface AppenderDeps {
  readonly database: TsdbDatabase;
  readonly index: SeriesIndex;
  readonly groups: SeriesGroups;
  readonly changes: HeadChanges;
  readonly blocks: BlockStore;
  readonly sources: SourceTable;
  readonly metadata: Map<string, MetricMetadata>;
  readonly outOfOrderWindowMs: number;
}

/** Everything one commit will make durable. */
interface Staging {
  readonly rows: StagedRows;
  readonly newSeries: MemorySeries[];
  readonly newSources: { readonly series: MemorySeries; readonly source: string }[];
}

/**
 * Turns append requests into one durable commit: decides row by row, writes one transaction, and only then lets the head
 * show the rows. All of it runs without giving up the thread, so no reader ever sees rows that are not durable.
 */
export class Appender {
  readonly #deps: AppenderDeps;
  readonly #hot: HotWriter;
  /** Of the commit being made; its room serves the next. */
  readonly #rows = new StagedRows();
  readonly #columns = new ResolvedColumns();
  #nextRef: number;
  #lastWalId: number;

  constructor(deps: AppenderDeps) {
    this.#deps = deps;
    this.#hot = new HotWriter(deps);
    this.#nextRef = lastId(deps.database, 'series') + 1;
    this.#lastWalId = lastId(deps.database, 'wal');
  }

  /** The WAL row of the newest commit. */
  get lastWalId(): number {
    return this.#lastWalId;
  }

  /** Commits all requests together and answers each in order. Throws with none of them stored. */
  commit(requests: readonly AppendRequest[]): readonly AppendResult[] {
    const staging: Staging = { rows: this.#rows, newSeries: [], newSources: [] };
    try {
      const results = requests.map((request) => this.#stage(request, staging));
      const walId = this.#deps.database.transaction(() => this.#write(requests, staging));
      this.#publish(requests, staging);
      this.#lastWalId = walId ?? this.#lastWalId;
      return results;
    } catch (error) {
      this.#undo(staging);
      throw error;
    } finally {
      staging.rows.clear();
    }
  }

  #stage(request: AppendRequest, staging: Staging): AppendResult {
    const { timestamps, values } = request.rows;
    const tally = { accepted: 0, duplicate: 0, tooOld: 0 };
    const resolved = this.#resolve(request, staging);
    for (let row = 0; row < resolved.length; row += 1) {
      const late = staging.rows.addNewer(resolved, request.rows, row);
      tally.accepted += late - row;
      row = late;
      const series = resolved[late];
      if (series !== undefined) {
        const value = storable(values[late] ?? Number.NaN);
        tally[this.#stageLate(series, { timestampMs: timestamps[late] ?? Number.NaN, value }, staging)] += 1;
      }
    }
    staging.rows.endRequest();
    return tally;
  }

  /** The series of the rows; new ones are made. */
  #resolve({ source, rows: { labels } }: AppendRequest, staging: Staging): readonly MemorySeries[] {
    const { removals } = this.#deps.index;
    const isGood = (column: ResolvedColumn | undefined) => column?.removals === removals && column.source === source;
    const same = this.#columns.same(labels);
    if (same !== undefined && isGood(same) && same.series.length === labels.length) {
      return same.series;
    }
    const before = this.#columns.alike(labels);
    const series = this.#follow(labels, { before: isGood(before) ? before : undefined, source, staging });
    this.#columns.keep({ labels, series, source, removals });
    return series;
  }

  /** Most rows of a column are where they were in the one before. */
  #follow(
    labels: readonly Labels[],
    from: { readonly before: ResolvedColumn | undefined; readonly source: string | null; readonly staging: Staging },
  ): readonly MemorySeries[] {
    const { before, source, staging } = from;
    return labels.map((each, row) => {
      const known = before?.labels[row] === each ? before.series[row] : undefined;
      return known ?? this.#intern(each, source, staging);
    });
  }

  #stageLate(
    series: MemorySeries,
    row: { readonly timestampMs: number; readonly value: number },
    staging: Staging,
  ): keyof AppendResult {
    if (row.timestampMs < series.newestMs - this.#deps.outOfOrderWindowMs) {
      return 'tooOld';
    }
    const stored = this.#storedValue(series, row.timestampMs, staging);
    if (stored === undefined) {
      staging.rows.add(series, row.timestampMs, row.value);
      return 'accepted';
    }
    // NaN repeats NaN, and 0 repeats -0, as far as any reader can tell.
    return stored === row.value || (Number.isNaN(stored) && Number.isNaN(row.value)) ? 'accepted' : 'duplicate';
  }

  #storedValue(series: MemorySeries, timestampMs: number, staging: Staging): number | undefined {
    const hot = series.valueAt(timestampMs) ?? staging.rows.find(series, timestampMs);
    return hot === undefined && timestampMs <= series.cut.newestMs ? this.#deps.blocks.valueAt(series, timestampMs) : hot;
  }

  #intern(labels: Labels | undefined, source: string | null, staging: Staging): MemorySeries {
    if (labels === undefined) {
      throw new RangeError('append: a row has no labels');
    }
    const known = this.#deps.index.find(labels);
    if (known === undefined) {
      const series = new MemorySeries({ ref: this.#nextRef, labels, source });
      this.#nextRef += 1;
      this.#deps.index.add(series);
      staging.newSeries.push(series);
      return series;
    }
    if (source !== null && known.source !== source && !known.otherSources.has(source)) {
      known.addSource(source);
      staging.newSources.push({ series: known, source });
    }
    return known;
  }

  #write(requests: readonly AppendRequest[], staging: Staging): number | undefined {
    const { database, sources } = this.#deps;
    const insertSeries = database.prepare('INSERT INTO series (ref, labels, source) VALUES (?, ?, ?)');
    const sourceIds = new Map(requests.map(({ source }) => [source, source === null ? null : sources.idOf(source)]));
    for (const { ref, labels, source } of staging.newSeries) {
      insertSeries.run(ref, JSON.stringify(labels), sourceIds.get(source) ?? null);
    }
    const insertSource = database.prepare('INSERT OR IGNORE INTO other_source (ref, source) VALUES (?, ?)');
    for (const { series, source } of staging.newSources) {
      insertSource.run(series.ref, sources.idOf(source));
    }
    for (const { source, watermarkMs, metadata } of requests) {
      if (source !== null) {
        sources.write(source, watermarkMs);
      }
      this.#writeMetadata(metadata);
    }
    return this.#writeRows(staging.rows);
  }

  #writeRows(rows: StagedRows): number | undefined {
    if (rows.length === 0) {
      return undefined;
    }
    const blob = encodeWalRows({ timestamps: rows.timestamps, values: rows.values, refs: rows.refs() });
    const { lastInsertRowid } = this.#deps.database
      .prepare('INSERT INTO wal (max_ms, rows) VALUES (?, ?)')
      .run(rows.newestMs, blob);
    return Number(lastInsertRowid);
  }

  #writeMetadata(metadata: AppendRequest['metadata']): void {
    for (const [metric, entry] of metadata ?? []) {
      if (!isSameMetadata(this.#deps.metadata.get(metric), entry)) {
        this.#deps.database
          .prepare('INSERT OR REPLACE INTO metadata (metric, json) VALUES (?, ?)')
          .run(metric, JSON.stringify(entry));
      }
    }
  }

  #publish(requests: readonly AppendRequest[], staging: Staging): void {
    this.#deps.index.announce(staging.newSeries);
    this.#hot.apply(staging.rows);
    for (const { source, watermarkMs, metadata } of requests) {
      if (source !== null) {
        this.#deps.sources.committed(source, watermarkMs);
      }
      for (const [metric, entry] of metadata ?? []) {
        this.#deps.metadata.set(metric, entry);
      }
    }
  }

  #undo(staging: Staging): void {
    this.#deps.index.remove(staging.newSeries);
    for (const { series, source } of staging.newSources) {
      series.removeSource(source);
    }
    staging.rows.undo();
  }
}

/** The number that means "no sample" in a group can only be an accident. */
function storable(value: number): number {
  return value === HOLE ? 0 : value;
}

/** The highest id an AUTOINCREMENT table has ever given out. */
function lastId(database: TsdbDatabase, table: string): number {
  const row = database.prepare('SELECT coalesce(max(seq), 0) AS id FROM sqlite_sequence WHERE name = ?').get(table);
  return integerOf(row, 'id');
}

function isSameMetadata(a: MetricMetadata | undefined, b: MetricMetadata): boolean {
  return a !== undefined && a.type === b.type && a.help === b.help && a.unit === b.unit;
}
