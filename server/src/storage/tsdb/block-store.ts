import type { Logger } from '../../runtime/logger.ts';
import { Block, type BlockSeries, encodeBlock } from './block-codec.ts';
import type { Column, MemorySeries } from './memory-series.ts';
import { blobOf, integerOf, integerOr, textOf } from './rows.ts';
import type { TsdbDatabase } from './tsdb-database.ts';

/** Where a block is and what it may hold. */
export interface BlockEntry {
  readonly id: number;
  readonly minMs: number;
  readonly maxMs: number;
}

export interface BlockSearch {
  readonly metric: string;
  readonly fromMs: number;
  readonly toMs: number;
  readonly minRef: number;
  readonly maxRef: number;
}

export interface BlockStoreDeps {
  readonly database: TsdbDatabase;
  readonly logger: Logger;
}

/** Decompressed blocks kept for the next reader; about 100 KB each. */
const CACHED_BLOCKS = 64;

/** Blocks in the database: found by metric, time and ref range, decompressed on demand. */
export class BlockStore {
  readonly #deps: BlockStoreDeps;
  readonly #metrics = new Map<string, number>();
  /** Least recently used first; `null` marks a damaged block that has been reported. */
  readonly #cache = new Map<number, Block | null>();
  readonly #damaged = new Set<number>();
  #count = 0;
  #bytes = 0;

  constructor(deps: BlockStoreDeps) {
    this.#deps = deps;
    this.recount();
  }

  get count(): number {
    return this.#count;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Blocks that could not be read since the start. */
  get damagedCount(): number {
    return this.#damaged.size;
  }

  /** Blocks whose time and refs overlap, oldest block first. */
  find(search: BlockSearch): readonly BlockEntry[] {
    const metric = this.#metrics.get(search.metric);
    if (metric === undefined) {
      return [];
    }
    // Only columns of the index, so that finding does not touch the pages that hold the blobs.
    return this.#deps.database
      .prepare(
        `SELECT id, min_ms, max_ms FROM block INDEXED BY block_by_metric
         WHERE metric = ? AND max_ms >= ? AND min_ms <= ? AND max_ref >= ? AND min_ref <= ? ORDER BY id`,
      )
      .all(metric, sqlTime(search.fromMs), sqlTime(search.toMs), search.minRef, search.maxRef)
      .map((row) => ({ id: integerOf(row, 'id'), minMs: integerOf(row, 'min_ms'), maxMs: integerOf(row, 'max_ms') }));
  }

  /** The block, or undefined when retention has deleted it meanwhile or it is damaged; damage is logged and counted once. */
  read(id: number): Block | undefined {
    const cached = this.#cache.get(id);
    if (cached !== undefined) {
      this.#cache.delete(id);
      this.#cache.set(id, cached);
      return cached ?? undefined;
    }
    const block = this.#load(id);
    if (block !== undefined) {
      this.#cache.set(id, block);
      this.#trimCache();
    }
    return block ?? undefined;
  }

  /** The value a series has in blocks at exactly this time. */
  valueAt(series: MemorySeries, timestampMs: number): number | undefined {
    const search = {
      metric: series.labels.metricName,
      fromMs: timestampMs,
      toMs: timestampMs,
      minRef: series.ref,
      maxRef: series.ref,
    };
    for (const { id } of this.find(search)) {
      const column = columnOf(this.read(id), series.ref);
      const at = column?.timestamps.indexOf(timestampMs) ?? -1;
      if (at >= 0) {
        return column?.values[at];
      }
    }
    return undefined;
  }

  /** Writes one block inside the current transaction. `series` must be ascending by ref and none of them empty. */
  write(metric: string, series: readonly BlockSeries[]): void {
    const blob = encodeBlock(series);
    const times = series.map(({ column: { timestamps } }) => timestamps);
    const minMs = times.reduce((min, column) => Math.min(min, column[0] ?? min), Infinity);
    const maxMs = times.reduce((max, column) => Math.max(max, column[column.length - 1] ?? max), -Infinity);
    this.#deps.database
      .prepare('INSERT INTO block (metric, min_ms, max_ms, min_ref, max_ref, bytes, rows) VALUES (?, ?, ?, ?, ?, ?, ?)')
      .run(this.#metricId(metric), minMs, maxMs, series[0]?.ref ?? 0, series.at(-1)?.ref ?? 0, blob.length, blob);
    this.#count += 1;
    this.#bytes += blob.length;
  }

  /** Deletes up to `limit` blocks that ended before the given time, in a transaction of their own; the number deleted. */
  deleteEndedBefore(timestampMs: number, limit: number): number {
    const gone = this.#deps.database
      .prepare(
        'DELETE FROM block WHERE id IN (SELECT id FROM block WHERE max_ms < ? ORDER BY max_ms LIMIT ?) RETURNING id, bytes',
      )
      .all(sqlTime(timestampMs), limit);
    for (const row of gone) {
      this.#cache.delete(integerOf(row, 'id'));
      this.#bytes -= integerOf(row, 'bytes');
    }
    this.#count -= gone.length;
    return gone.length;
  }

  /** Takes its counts and metric numbers from the database: at the start, and after a transaction was rolled back. */
  recount(): void {
    const totals = this.#deps.database.prepare('SELECT count(*) AS count, total(bytes) AS bytes FROM block').get();
    this.#count = integerOf(totals, 'count');
    this.#bytes = integerOf(totals, 'bytes');
    this.#metrics.clear();
    for (const row of this.#deps.database.prepare('SELECT id, name FROM metric').iterate()) {
      this.#metrics.set(textOf(row, 'name'), integerOf(row, 'id'));
    }
  }

  #load(id: number): Block | null | undefined {
    try {
      const row = this.#deps.database.prepare('SELECT rows FROM block WHERE id = ?').get(id);
      return row === undefined ? undefined : new Block(blobOf(row, 'rows'));
    } catch (err) {
      this.#reportDamage(id, err);
      return null;
    }
  }

  #reportDamage(id: number, err: unknown): void {
    if (!this.#damaged.has(id)) {
      this.#damaged.add(id);
      const entry = this.#deps.database.prepare('SELECT min_ms, max_ms, metric FROM block WHERE id = ?').get(id);
      const metric = [...this.#metrics].find(([, number]) => number === entry?.metric)?.[0];
      const range = { fromMs: integerOr(entry, 'min_ms', 0), toMs: integerOr(entry, 'max_ms', 0) };
      this.#deps.logger.error({ err, block: id, metric, ...range }, 'block is damaged and left out of every answer');
    }
  }

  #trimCache(): void {
    for (const id of this.#cache.keys()) {
      if (this.#cache.size <= CACHED_BLOCKS) {
        return;
      }
      this.#cache.delete(id);
    }
  }

  #metricId(name: string): number {
    const known = this.#metrics.get(name);
    if (known !== undefined) {
      return known;
    }
    const inserted = this.#deps.database.prepare('INSERT INTO metric (name) VALUES (?) RETURNING id').get(name);
    const id = integerOf(inserted, 'id');
    this.#metrics.set(name, id);
    return id;
  }
}

/** The rows of a series in a block that may be missing or damaged. */
export function columnOf(block: Block | undefined, ref: number): Column | undefined {
  return block?.column(ref);
}

/** Open ends (±Infinity) and fractions as SQLite's index understands them. */
function sqlTime(timestampMs: number): number {
  return Math.min(Math.max(timestampMs, Number.MIN_SAFE_INTEGER), Number.MAX_SAFE_INTEGER);
}
