import type { ArchivedSeries } from './archived-series.ts';
import { ALL_KINDS, type BlockKind, FIVE_MINUTES, ONE_HOUR, RAW, ROLLUP_FIELDS } from './block-kind.ts';
import type { BlockStore } from './block-store.ts';
import type { Horizons } from './horizons.ts';
import type { MemorySeries } from './memory-series.ts';
import { integerOf } from './rows.ts';
import type { SeriesIndex } from './series-index.ts';
import type { TimeSlice } from './time-slice.ts';
import type { TsdbDatabase } from './tsdb-database.ts';

export interface RetentionDeps {
  readonly database: TsdbDatabase;
  readonly index: SeriesIndex;
  readonly archived: ArchivedSeries;
  readonly blocks: BlockStore;
  readonly horizons: Horizons;
}

/** Before which time each resolution is deleted. */
export interface RetentionTimes {
  readonly raw: number;
  /** Undefined where there are to be no such rollups: then all of them go. */
  readonly fiveMinutes: number | undefined;
  readonly oneHour: number | undefined;
}

const HOUR_MS = 3_600_000;
const BLOCKS_PER_SLICE = 32;
const SERIES_PER_SLICE = 500;
const PAGES_PER_SLICE = 16;
/** Free pages that stay in the file. */
const FREE_SHARE = 1 / 8;

const KINDS_BY_RESOLUTION = {
  raw: [RAW],
  fiveMinutes: ROLLUP_FIELDS.map((field) => FIVE_MINUTES.kinds[field]),
  oneHour: ROLLUP_FIELDS.map((field) => ONE_HOUR.kinds[field]),
} as const;

/**
 * Deletes blocks that ended before a time, then series that have nothing left, then gives free pages back to the file system.
 * Runs in short transactions; stopping anywhere is safe.
 */
export class Retention {
  readonly #deps: RetentionDeps;

  constructor(deps: RetentionDeps) {
    this.#deps = deps;
  }

  /** A horizon is moved before the rows behind it go: readers ask the next coarser rollup for all that is older. */
  async deleteBefore(times: RetentionTimes, slice: TimeSlice): Promise<void> {
    if (times.fiveMinutes !== undefined) {
      this.#deps.horizons.raise('raw', times.raw);
    }
    if (times.fiveMinutes !== undefined && times.oneHour !== undefined) {
      this.#deps.horizons.raise('fiveMinutes', times.fiveMinutes);
    }
    for (const resolution of ['raw', 'fiveMinutes', 'oneHour'] as const) {
      for (const kind of KINDS_BY_RESOLUTION[resolution]) {
        await this.#deleteBlocks([kind], times[resolution] ?? Number.MAX_SAFE_INTEGER, slice);
      }
    }
    await this.#deleteSeries(times, slice);
    await this.#forgetArchived(times, slice);
  }

  /**
   * Deletes the oldest rows until the file holds no more than so many bytes: samples that rollups have, then rollups, then
   * what is left. The head and its write-ahead log are never touched.
   */
  async shrinkTo(maxBytes: number, slice: TimeSlice): Promise<void> {
    const { horizons } = this.#deps;
    while (this.#usedBytes() > maxBytes * (1 - FREE_SHARE)) {
      const victim = this.#oldestRolled(RAW) ?? this.#oldestOf(ALL_KINDS.filter((kind) => kind !== RAW)) ?? this.#oldestOf([RAW]);
      if (victim === undefined) {
        return;
      }
      const beforeMs = (Math.floor(victim.maxMs / HOUR_MS) + 1) * HOUR_MS;
      if (victim.kind === RAW && horizons.raw > -Infinity) {
        horizons.raise('raw', beforeMs);
      }
      await this.#deleteBlocks(victim.kind === RAW ? [RAW] : ALL_KINDS.slice(1), beforeMs, slice);
    }
  }

  /**
   * Gives pages that hold nothing back to the file system, but for some that the next blocks will want: moving pages down only
   * to grow again would cost more than they hold.
   */
  async releasePages(slice: TimeSlice): Promise<void> {
    const { database } = this.#deps;
    const count = (pragma: string) => integerOf(database.prepare(`PRAGMA ${pragma}`).get(), pragma);
    const surplus = () => Math.ceil((count('freelist_count') - count('page_count') * FREE_SHARE) / (1 - FREE_SHARE));
    for (let left = surplus(), before = Infinity; left > 0 && left < before; left = surplus()) {
      await slice.pause();
      before = left;
      database.prepare(`PRAGMA incremental_vacuum(${Math.min(left, PAGES_PER_SLICE)})`).all();
    }
  }

  async #deleteBlocks(kinds: readonly BlockKind[], timestampMs: number, slice: TimeSlice): Promise<void> {
    const find = this.#deps.database.prepare('SELECT id FROM block WHERE kind = ? AND max_ms < ? ORDER BY max_ms LIMIT ?');
    for (const kind of kinds) {
      for (;;) {
        const gone = find.all(kind, timestampMs, BLOCKS_PER_SLICE).map((row) => integerOf(row, 'id'));
        if (gone.length === 0) {
          break;
        }
        this.#deps.blocks.replace(gone, []);
        await slice.pause();
      }
    }
  }

  #usedBytes(): number {
    const row = this.#deps.database
      .prepare(
        `SELECT (page_count - freelist_count) * page_size AS bytes
         FROM pragma_page_count, pragma_freelist_count, pragma_page_size`,
      )
      .get();
    return integerOf(row, 'bytes');
  }

  #oldestRolled(kind: BlockKind): { readonly kind: BlockKind; readonly maxMs: number } | undefined {
    const row = this.#deps.database
      .prepare('SELECT max_ms FROM block WHERE kind = ? AND is_rolled = 1 ORDER BY max_ms LIMIT 1')
      .get(kind);
    return row === undefined ? undefined : { kind, maxMs: integerOf(row, 'max_ms') };
  }

  #oldestOf(kinds: readonly BlockKind[]): { readonly kind: BlockKind; readonly maxMs: number } | undefined {
    const oldest = this.#deps.database.prepare('SELECT max_ms FROM block WHERE kind = ? ORDER BY max_ms LIMIT 1');
    return kinds
      .flatMap((kind) => oldest.all(kind).map((row) => ({ kind, maxMs: integerOf(row, 'max_ms') })))
      .sort((a, b) => a.maxMs - b.maxMs)[0];
  }

  async #deleteSeries(times: RetentionTimes, slice: TimeSlice): Promise<void> {
    const gone: MemorySeries[] = [];
    for (const series of this.#deps.index.all()) {
      if (hasEnded(series, times.raw)) {
        gone.push(series);
      }
    }
    for (let from = 0; from < gone.length; from += SERIES_PER_SLICE) {
      await slice.pause();
      const batch = gone.slice(from, from + SERIES_PER_SLICE).filter((series) => hasEnded(series, times.raw));
      this.#removeSeries(batch, times.fiveMinutes !== undefined);
    }
  }

  #removeSeries(gone: readonly MemorySeries[], hasRollups: boolean): void {
    const { database, index, archived } = this.#deps;
    database.backgroundTransaction(() => {
      archived.write(hasRollups ? gone.filter(({ cut }) => cut.newestMs > -Infinity) : []);
      for (const { ref } of gone) {
        database.prepare('DELETE FROM other_source WHERE ref = ?').run(ref);
        database.prepare('DELETE FROM series WHERE ref = ?').run(ref);
      }
    });
    index.remove(gone);
  }

  async #forgetArchived({ raw, fiveMinutes = raw, oneHour = raw }: RetentionTimes, slice: TimeSlice): Promise<void> {
    const { archived, database } = this.#deps;
    while (
      database.backgroundTransaction(() => archived.forgetBefore(Math.min(raw, fiveMinutes, oneHour), SERIES_PER_SLICE)) > 0
    ) {
      await slice.pause();
    }
  }
}

function hasEnded(series: MemorySeries, timestampMs: number): boolean {
  return series.newestMs < timestampMs && series.oldestHeadMs === Number.POSITIVE_INFINITY;
}
