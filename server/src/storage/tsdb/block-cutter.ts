import type { BlockSeries } from './block-codec.ts';
import { newBlock } from './block-entry.ts';
import { RAW } from './block-kind.ts';
import type { BlockStore } from './block-store.ts';
import type { HeadChanges } from './head-changes.ts';
import type { Column, CutPosition, MemorySeries } from './memory-series.ts';
import type { SeriesIndex } from './series-index.ts';
import { TimeSlice } from './time-slice.ts';
import type { TsdbDatabase } from './tsdb-database.ts';

export interface BlockCutterDeps {
  readonly database: TsdbDatabase;
  readonly index: SeriesIndex;
  readonly blocks: BlockStore;
  /** Blocks never span a multiple of this. */
  readonly blockRangeMs: number;
  readonly lastWalId: () => number;
  /** Told after each batch. */
  readonly changes: HeadChanges;
}

/** About 16-64 KB compressed; smaller blobs waste pages, larger ones make reading one series dear. */
const ROWS_PER_BLOCK = 16_000;
/** A batch of series is cut in one go; this bounds how long that takes when it has hours of history. */
const ROWS_PER_BATCH = 32_000;

/** Looking at a series costs even when it has nothing to cut. */
const SERIES_PER_BATCH = 2_000;

/** Series that are cut together, and their old rows by block range. */
interface CutBatch {
  readonly series: MemorySeries[];
  readonly ranges: Map<number, BlockSeries[]>;
  /** Where the next batch begins. */
  end: number;
}

/**
 * Moves rows older than a given time from the head to blocks: series by series, in short transactions, each of which leaves
 * database and head in step. WAL rows that hold nothing else are deleted at the end. Stopping anywhere is safe.
 */
export class BlockCutter {
  readonly #deps: BlockCutterDeps;

  constructor(deps: BlockCutterDeps) {
    this.#deps = deps;
  }

  async cutBefore(beforeMs: number, signal: AbortSignal): Promise<void> {
    const coveredWalId = this.#deps.lastWalId();
    const slice = new TimeSlice(signal);
    for (const metric of this.#deps.index.metrics()) {
      await this.#cutMetric(metric, beforeMs, slice);
    }
    await this.#deleteWal(coveredWalId, beforeMs, slice);
  }

  async #cutMetric(metric: string, beforeMs: number, slice: TimeSlice): Promise<void> {
    const all = [...this.#deps.index.ofMetric(metric)];
    for (let from = 0; from < all.length; ) {
      await slice.pause();
      const batch = this.#collect(all, from, beforeMs);
      if (batch.series.length > 0) {
        this.#cutBatch(metric, batch, beforeMs);
      }
      from = batch.end;
    }
  }

  /** The next series with old rows that fill one block a range, or that are enough for one go. */
  #collect(all: readonly MemorySeries[], from: number, beforeMs: number): CutBatch {
    const batch: CutBatch = { series: [], ranges: new Map(), end: Math.min(from + SERIES_PER_BATCH, all.length) };
    const rowsInRange = new Map<number, number>();
    let rows = 0;
    let fullest = 0;
    for (let i = from; i < batch.end; i += 1) {
      const series = all[i];
      if (series === undefined || series.oldestHeadMs >= beforeMs) {
        continue;
      }
      if (rows >= ROWS_PER_BATCH || fullest >= ROWS_PER_BLOCK) {
        batch.end = i;
        break;
      }
      batch.series.push(series);
      for (const [range, column] of splitByRange(series.window(-Infinity, beforeMs - 1), this.#deps.blockRangeMs)) {
        const inRange = (rowsInRange.get(range) ?? 0) + column.timestamps.length;
        rowsInRange.set(range, inRange);
        fullest = Math.max(fullest, inRange);
        rows += column.timestamps.length;
        addTo(batch.ranges, range, { ref: series.ref, column });
      }
    }
    return batch;
  }

  #cutBatch(metric: string, batch: CutBatch, beforeMs: number): void {
    const { database, blocks } = this.#deps;
    const walId = this.#deps.lastWalId();
    // Series that are written together are cut at the same time and share the place.
    const shared = new Map<number, CutPosition>();
    const cuts = batch.series.map((series) => {
      const newestMs = Math.max(series.cut.newestMs, newestBefore(series, beforeMs));
      const cut = shared.get(newestMs) ?? { beforeMs, walId, newestMs };
      shared.set(newestMs, cut);
      return { series, cut };
    });
    blocks.commit(() => {
      for (const series of batch.ranges.values()) {
        blocks.write(newBlock({ kind: RAW, metric, spanMs: this.#deps.blockRangeMs, isRolled: false }, series));
      }
      const update = database.prepare('UPDATE series SET cut_before_ms = ?, cut_wal = ?, cut_newest_ms = ? WHERE ref = ?');
      for (const { series, cut } of cuts) {
        update.run(cut.beforeMs, cut.walId, cut.newestMs, series.ref);
      }
    });
    for (const { series, cut } of cuts) {
      series.cut = cut;
      series.dropBefore(beforeMs);
    }
    this.#deps.changes.cut();
  }

  async #deleteWal(coveredWalId: number, beforeMs: number, slice: TimeSlice): Promise<void> {
    const remove = this.#deps.database.prepare(
      'DELETE FROM wal WHERE id IN (SELECT id FROM wal WHERE id <= ? AND max_ms < ? ORDER BY id LIMIT 32)',
    );
    for (;;) {
      const { changes } = this.#deps.database.backgroundTransaction(() => remove.run(coveredWalId, beforeMs));
      if (Number(changes) === 0) {
        return;
      }
      await slice.pause();
    }
  }
}

function addTo(ranges: Map<number, BlockSeries[]>, range: number, series: BlockSeries): void {
  const list = ranges.get(range);
  if (list === undefined) {
    ranges.set(range, [series]);
  } else {
    list.push(series);
  }
}

function newestBefore(series: MemorySeries, beforeMs: number): number {
  const { timestamps } = series.window(-Infinity, beforeMs - 1);
  return timestamps[timestamps.length - 1] ?? -Infinity;
}

function* splitByRange(column: Column, rangeMs: number): Generator<readonly [number, Column]> {
  const { timestamps, values } = column;
  let from = 0;
  while (from < timestamps.length) {
    const range = Math.floor((timestamps[from] ?? 0) / rangeMs);
    let to = from + 1;
    while (to < timestamps.length && Math.floor((timestamps[to] ?? 0) / rangeMs) === range) {
      to += 1;
    }
    yield [range, { timestamps: timestamps.subarray(from, to), values: values.subarray(from, to) }];
    from = to;
  }
}
