import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import type { HotReader, WatchedSeries, WokenSeries } from '../../model/hot-series.ts';
import type { Labels } from '../../model/labels.ts';
import type { Matcher } from '../../model/matcher.ts';
import type {
  AppendRequest,
  AppendResult,
  MetricMetadata,
  Selection,
  SeriesReader,
  SeriesSamples,
  SeriesWriter,
} from '../../model/series-store.ts';
import { assertWellFormed, hasRowBefore } from './append-request.ts';
import { Appender } from './appender.ts';
import { ArchivedSeries } from './archived-series.ts';
import { sqlTime } from './block-entry.ts';
import { BlockStore } from './block-store.ts';
import { type Cardinality, cardinalityOf } from './cardinality.ts';
import { Checkpointer } from './checkpointer.ts';
import { CommitQueue } from './commit-queue.ts';
import { Deletions } from './deletions.ts';
import { HeadChanges } from './head-changes.ts';
import { Horizons } from './horizons.ts';
import { Maintenance } from './maintenance.ts';
import { adoptHead, loadIndex } from './recovery.ts';
import { integerOf } from './rows.ts';
import { SelectionReader } from './selection-reader.ts';
import { SeriesGroups } from './series-groups.ts';
import { SeriesIndex } from './series-index.ts';
import { SharedResolver } from './shared-resolver.ts';
import type { SharedRequest, SharedSelection } from './shared-selection.ts';
import { SourceTable } from './source-table.ts';
import { salvageTable } from './table-salvage.ts';
import type { TsdbDatabase } from './tsdb-database.ts';
import { TsdbOpening } from './tsdb-opening.ts';
import { ROWS_BEFORE_MAINTENANCE, settingsOf, type TsdbOptions } from './tsdb-options.ts';
import { UncutRows } from './uncut-rows.ts';

/** Figures for /metrics. Counters count since the start of the process. */
export interface TsdbStats {
  readonly series: number;
  readonly headSamples: number;
  /** Memory of what series share; series that share nothing have theirs apart. */
  readonly groupBytes: number;
  readonly groups: number;
  readonly blocks: number;
  readonly blockBytes: number;
  /** Rows in blocks, rollups included. */
  readonly blockSamples: number;
  readonly walRows: number;
  readonly walBytes: number;
  readonly fileBytes: number;
  readonly commits: number;
  readonly commitSeconds: number;
  readonly failedCommits: number;
  readonly damagedBlocks: number;
  readonly damagedWalRows: number;
}

export class TsdbClosedError extends Error {
  override readonly name = 'TsdbClosedError';

  constructor() {
    super('the metrics store is closed');
  }
}

/**
 * Opens the embedded time-series store and replays what the last process had committed.
 * @throws DataFolderInUseError, TsdbFormatError
 */
export function openTsdb(options: TsdbOptions): Promise<Tsdb> {
  return Tsdb.open(options);
}

/** The embedded store: hot rows in memory, older ones in compressed blocks, both in one SQLite file. See docs/architecture.md. */
export class Tsdb implements SeriesReader, SeriesWriter, HotReader, AsyncDisposable {
  readonly #options: TsdbOptions;
  readonly #database: TsdbDatabase;
  #resources = new DisposableStack();
  readonly #index = new SeriesIndex();
  readonly #changes = new HeadChanges();
  readonly #groups = new SeriesGroups(this.#changes);
  readonly #metadata = new Map<string, MetricMetadata>();
  readonly #sources: SourceTable;
  readonly #deletions: Deletions;
  readonly #blocks: BlockStore;
  readonly #reader: SelectionReader;
  readonly #resolver: SharedResolver;
  readonly #queue: CommitQueue;
  readonly #appender: Appender;
  readonly #maintenance: Maintenance;
  readonly #checkpointer: Checkpointer;
  #damagedWalRows = 0;
  #maintaining: Promise<void> | undefined;
  readonly #uncut: UncutRows;
  readonly #closing = new AbortController();

  /** See `openTsdb`. */
  static async open(options: TsdbOptions): Promise<Tsdb> {
    await using opening = options.opening ?? new TsdbOpening(options.folder);
    const store = new Tsdb(options, await opening.database());
    // The index has been loaded meanwhile.
    const head = await opening.head(store.#database, options.logger);
    store.#damagedWalRows = adoptHead(head, { index: store.#index, groups: store.#groups, logger: options.logger });
    if (head.isTorn) {
      salvageTable(store.#database, 'wal', { logger: options.logger, cause: head.damaged[0]?.err });
    }
    store.#resources = opening.take();
    return store;
  }

  private constructor(options: TsdbOptions, database: TsdbDatabase) {
    const index = this.#index;
    const metadata = this.#metadata;
    this.#options = options;
    this.#uncut = new UncutRows(options.rowsBeforeMaintenance ?? ROWS_BEFORE_MAINTENANCE);
    this.#database = database;
    this.#sources = new SourceTable(database);
    this.#deletions = new Deletions(database);
    this.#blocks = new BlockStore({ database, logger: options.logger, deletions: this.#deletions });
    const blocks = this.#blocks;
    const archived = new ArchivedSeries(database);
    const horizons = new Horizons(database);
    loadIndex({ database, index, groups: this.#groups, sources: this.#sources, metadata, logger: options.logger });
    const { outOfOrderWindowMs } = settingsOf(options);
    const appender = new Appender({
      database,
      index,
      groups: this.#groups,
      changes: this.#changes,
      blocks,
      sources: this.#sources,
      metadata,
      outOfOrderWindowMs,
    });
    this.#appender = appender;
    this.#reader = new SelectionReader({ index, archived, blocks, horizons, metadata, closing: this.#closing.signal });
    this.#resolver = new SharedResolver({ index, changes: this.#changes, closing: this.#closing.signal });
    this.#queue = new CommitQueue((requests) => appender.commit(requests), options.gatherMs);
    this.#checkpointer = new Checkpointer({ databasePath: this.databasePath, logger: options.logger });
    this.#maintenance = new Maintenance({
      settings: settingsOf(options),
      database,
      index,
      archived,
      blocks,
      horizons,
      metadata,
      groups: this.#groups,
      changes: this.#changes,
      deletions: this.#deletions,
      uncut: this.#uncut,
      lastWalId: () => appender.lastWalId,
    });
  }

  async append(request: AppendRequest): Promise<AppendResult> {
    this.#assertOpen();
    assertWellFormed(request);
    const { cutting } = this.#maintenance;
    if (cutting !== undefined && hasRowBefore(request, this.#groups.floorMs)) {
      // Rows as old as those being moved would each need a place of their own.
      await cutting.catch(() => undefined);
      this.#assertOpen();
    }
    if (this.#maintaining !== undefined) {
      await this.#uncut.room;
      this.#assertOpen();
    }
    const result = await this.#queue.append(request);
    this.#boundMemory(result.accepted);
    return result;
  }

  /** A sender who catches up brings more in a minute than memory is for. */
  #boundMemory(accepted: number): void {
    const { logger } = this.#options;
    this.#uncut.add(accepted);
    if (this.#uncut.areMany && this.#maintaining === undefined && !this.#closing.signal.aborted) {
      this.maintain().catch((err: unknown) => logger.warn({ err }, 'moving samples from memory to blocks failed'));
    }
  }

  async watermark(source: string): Promise<number | null> {
    return this.#sources.watermarks.get(source) ?? null;
  }

  /** The newest committed watermark of every source that ever wrote one. */
  watermarks(): ReadonlyMap<string, number> {
    return this.#sources.watermarks;
  }

  async select(selection: Selection, signal?: AbortSignal): Promise<readonly SeriesSamples[]> {
    this.#assertOpen();
    return this.#reader.select(selection, signal);
  }

  /** The file that holds labels and blocks, for connections of other threads. */
  get databasePath(): string {
    return join(this.#options.folder, 'metrics.db');
  }

  /** Where the rows of a selection are, for other threads. See SharedReader. */
  async resolve(request: SharedRequest, signal?: AbortSignal): Promise<SharedSelection> {
    this.#assertOpen();
    return this.#resolver.resolve(request, signal);
  }

  async series(selection: Selection): Promise<readonly Labels[]> {
    this.#assertOpen();
    return this.#reader.series(selection);
  }

  async sources(matchers: readonly Matcher[]): Promise<ReadonlySet<string>> {
    const found = new Set<string>();
    for (const { sources } of this.#index.matching(matchers)) {
      for (const source of sources) {
        found.add(source);
      }
    }
    return found;
  }

  watch(matchers: readonly Matcher[]): WatchedSeries {
    this.#assertOpen();
    return this.#index.watch(matchers);
  }

  get placement(): number {
    return this.#changes.placement;
  }

  get moves(): number {
    return this.#changes.moves;
  }

  get woken(): WokenSeries {
    return this.#changes;
  }

  get coldBeforeMs(): number {
    return this.#groups.coldBeforeMs;
  }

  get revision(): number {
    return this.#changes.revision;
  }

  get lateWrites(): number {
    return this.#changes.lateWrites;
  }

  async labelNames(selection: Selection): Promise<readonly string[]> {
    const names = new Set<string>();
    for (const labels of await this.series(selection)) {
      for (const [name] of labels.entries()) {
        names.add(name);
      }
    }
    return [...names].sort();
  }

  async labelValues(name: string, selection: Selection): Promise<readonly string[]> {
    const values = new Set<string>();
    for (const labels of await this.series(selection)) {
      values.add(labels.get(name));
    }
    values.delete('');
    return [...values].sort();
  }

  async metadata(): Promise<ReadonlyMap<string, MetricMetadata>> {
    return this.#metadata;
  }

  /**
   * Moves rows that left the hot window to blocks and deletes what retention has passed, in slices of about 20 ms.
   * Meant to be called every minute or so; a call during a running one waits for that one.
   */
  maintain(): Promise<void> {
    this.#maintaining ??= this.#runMaintenance().finally(() => {
      this.#maintaining = undefined;
      this.#uncut.cutEnded();
    });
    return this.#maintaining;
  }

  /**
   * Deletes the samples of matching series in the window, in memory, write-ahead log, blocks and rollups; the number of series.
   * Durable when it resolves, and no read that begins after that sees them. Their space comes back with the next `maintain`.
   * Samples that are appended later are not touched, whatever their time.
   */
  async deleteSeries(selection: Selection): Promise<number> {
    this.#assertOpen();
    // A rewrite under way has read blocks already and would bring the rows back.
    while (this.#maintaining !== undefined) {
      await this.#maintaining.catch(() => undefined);
      this.#assertOpen();
    }
    const gone = this.#reader.stored(selection);
    const [fromMs, toMs] = [sqlTime(selection.fromMs), sqlTime(selection.toMs)];
    const limits = { fromMs, toMs, walId: this.#appender.lastWalId, blockId: this.#blocks.lastId };
    this.#database.transaction(() => this.#deletions.write(gone.map(({ ref }) => ({ ref, ...limits }))));
    this.#deletions.reload();
    for (const series of this.#index.matching(selection.matchers)) {
      if (series.group !== null && series.hasRowIn(fromMs, toMs)) {
        this.#groups.leave(series);
      }
      series.dropRange(fromMs, toMs);
    }
    this.#changes.revision += 1;
    return gone.length;
  }

  /** Where the series in memory come from, at most `limit` entries a list. Looks at every label value, in slices. */
  cardinality(limit: number, signal?: AbortSignal): Promise<Cardinality> {
    return cardinalityOf(this.#index, limit, signal);
  }

  /** Walks over every series: meant for a scrape of /metrics, not for every request. */
  stats(): TsdbStats {
    const wal = this.#database.prepare('SELECT count(*) AS rows, total(length(rows)) AS bytes FROM wal').get();
    const file = this.#database.prepare('SELECT page_count * page_size AS bytes FROM pragma_page_count, pragma_page_size').get();
    let headSamples = 0;
    for (const series of this.#index.all()) {
      headSamples += series.length;
    }
    return {
      series: this.#index.size,
      headSamples,
      groupBytes: this.#groups.bytes,
      groups: this.#groups.count,
      blocks: this.#blocks.count,
      blockBytes: this.#blocks.bytes,
      blockSamples: this.#blocks.samples,
      walRows: integerOf(wal, 'rows'),
      walBytes: integerOf(wal, 'bytes'),
      fileBytes: integerOf(file, 'bytes'),
      ...this.#queue.counters,
      damagedBlocks: this.#blocks.damagedCount,
      damagedWalRows: this.#damagedWalRows,
    };
  }

  /** Takes no more rows, commits what is queued, and gives the data folder back. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#closing.signal.aborted) {
      return;
    }
    this.#closing.abort(new TsdbClosedError());
    await this.#queue.flush();
    await this.#maintaining?.catch(() => undefined);
    await this.#checkpointer[Symbol.asyncDispose]();
    // Reads under way see the abort at their next step, which is before this.
    await setImmediate();
    this.#resources.dispose();
  }

  async #runMaintenance(): Promise<void> {
    this.#assertOpen();
    this.#checkpointer.look();
    await this.#maintenance.run(this.#options.clock.now(), this.#closing.signal);
    this.#resolver.forgetOld();
    this.#changes.revision += 1;
  }

  #assertOpen(): void {
    this.#closing.signal.throwIfAborted();
  }
}
