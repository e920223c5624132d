import type { MetricMetadata } from '../../model/series-store.ts';
import type { Logger } from '../../runtime/logger.ts';
import { ArchivedSeries } from './archived-series.ts';
import { BlockStore } from './block-store.ts';
import { Deletions } from './deletions.ts';
import { Horizons } from './horizons.ts';
import { isCounterMetric } from './rollup.ts';
import { integerOf, textOf } from './rows.ts';
import { StoredLabels } from './stored-labels.ts';
import { TsdbDatabase } from './tsdb-database.ts';

/** Dashboards ask for the same metrics over and over. Let go by `rest`. */
const CACHE_BYTES = 64 * 1024 * 1024;

/** What another thread than the writer's reads of the metrics database, on a connection of its own. */
export class SharedTables implements Disposable {
  readonly labels: StoredLabels;
  readonly blocks: BlockStore;
  readonly archived: ArchivedSeries;
  readonly horizons: Horizons;
  readonly #database: TsdbDatabase;
  readonly #deletions: Deletions;
  #lastMetric = 0;

  constructor(path: string, logger: Logger) {
    const database = new TsdbDatabase(path, { readOnly: true });
    this.#database = database;
    this.#deletions = new Deletions(database);
    this.labels = new StoredLabels(database);
    this.blocks = new BlockStore({ database, logger, deletions: this.#deletions, cacheBytes: CACHE_BYTES });
    this.archived = new ArchivedSeries(database);
    this.horizons = new Horizons(database);
  }

  /** Takes over what the writer has committed of what is kept in memory here. To be called before each read. */
  refresh(): void {
    this.#deletions.reload();
    this.horizons.reload();
    const lastMetric = integerOf(this.#database.prepare('SELECT coalesce(max(id), 0) AS id FROM metric').get(), 'id');
    if (lastMetric !== this.#lastMetric) {
      this.#lastMetric = lastMetric;
      this.blocks.recount();
    }
  }

  /** Gives back memory that only makes the next reads faster. To be called when there were none for a while. */
  rest(): void {
    this.blocks.releaseMemory();
  }

  isCounter(metric: string): boolean {
    const row = this.#database.prepare('SELECT json FROM metadata WHERE metric = ?').get(metric);
    // The appender wrote it from MetricMetadata.
    return isCounterMetric(metric, row === undefined ? undefined : (JSON.parse(textOf(row, 'json')) as MetricMetadata));
  }

  [Symbol.dispose](): void {
    this.#database[Symbol.dispose]();
  }
}
