import { RAW } from './block-kind.ts';
import type { BlockStore } from './block-store.ts';
import type { MemorySeries } from './memory-series.ts';
import { integerOf } from './rows.ts';
import type { SeriesIndex } from './series-index.ts';
import { TimeSlice } from './time-slice.ts';
import type { TsdbDatabase } from './tsdb-database.ts';

export interface RetentionDeps {
  readonly database: TsdbDatabase;
  readonly index: SeriesIndex;
  readonly blocks: BlockStore;
}

const BLOCKS_PER_SLICE = 100;
const SERIES_PER_SLICE = 2_000;
const PAGES_PER_SLICE = 500;

/**
 * Deletes blocks that ended before a time, then series that have nothing left, then gives free pages back to the file system.
 * Runs in short transactions; stopping anywhere is safe.
 */
export class Retention {
  readonly #deps: RetentionDeps;

  constructor(deps: RetentionDeps) {
    this.#deps = deps;
  }

  async deleteBefore(timestampMs: number, signal: AbortSignal): Promise<void> {
    const slice = new TimeSlice(signal);
    while (this.#deleteBlocks(timestampMs) > 0) {
      await slice.pause();
    }
    await this.#deleteSeries(timestampMs, slice);
    await this.#releasePages(slice);
  }

  /** Deletes the oldest blocks that ended before the given time; the number deleted. */
  #deleteBlocks(timestampMs: number): number {
    const gone = this.#deps.database
      .prepare('SELECT id FROM block WHERE kind = ? AND max_ms < ? ORDER BY max_ms LIMIT ?')
      .all(RAW, timestampMs, BLOCKS_PER_SLICE)
      .map((row) => integerOf(row, 'id'));
    if (gone.length > 0) {
      this.#deps.blocks.replace(gone, []);
    }
    return gone.length;
  }

  async #deleteSeries(timestampMs: number, slice: TimeSlice): Promise<void> {
    const gone = [...this.#deps.index.all()].filter((series) => hasEnded(series, timestampMs));
    for (let from = 0; from < gone.length; from += SERIES_PER_SLICE) {
      await slice.next();
      this.#removeSeries(gone.slice(from, from + SERIES_PER_SLICE).filter((series) => hasEnded(series, timestampMs)));
    }
  }

  #removeSeries(gone: readonly MemorySeries[]): void {
    const { database, index } = this.#deps;
    database.transaction(() => {
      for (const { ref } of gone) {
        database.prepare('DELETE FROM other_source WHERE ref = ?').run(ref);
        database.prepare('DELETE FROM series WHERE ref = ?').run(ref);
      }
    });
    index.remove(gone);
  }

  async #releasePages(slice: TimeSlice): Promise<void> {
    const free = this.#deps.database.prepare('PRAGMA freelist_count');
    for (let left = Number(free.get()?.freelist_count ?? 0); left > 0; left -= PAGES_PER_SLICE) {
      await slice.next();
      this.#deps.database.prepare(`PRAGMA incremental_vacuum(${PAGES_PER_SLICE})`).all();
    }
  }
}

function hasEnded(series: MemorySeries, timestampMs: number): boolean {
  return series.newestMs < timestampMs && series.oldestHeadMs === Number.POSITIVE_INFINITY;
}
