import type { Logger } from '../../runtime/logger.ts';
import { BlockCache } from './block-cache.ts';
import { Block } from './block-codec.ts';
import { type BlockEntry, entryOf, type NewBlock, sqlTime } from './block-entry.ts';
import { type BlockKind, RAW } from './block-kind.ts';
import { replaceBlockRows, rowsTables, salvageBlocks } from './block-salvage.ts';
import type { Deletions } from './deletions.ts';
import type { Column, MemorySeries } from './memory-series.ts';
import { blobOf, integerOf, integerOr } from './rows.ts';
import { isDamage, type TsdbDatabase } from './tsdb-database.ts';

export interface BlockSearch {
  /** Default: samples as they came. */
  readonly kind?: BlockKind;
  readonly metric: string;
  readonly fromMs: number;
  readonly toMs: number;
  readonly minRef: number;
  readonly maxRef: number;
}

/** A block held outside the cache, for work that reads each block once. */
export interface OpenBlock {
  readonly id: number;
  readonly refs: Iterable<number>;
  readonly column: (ref: number) => Column | undefined;
}

export interface BlockStoreDeps {
  readonly database: TsdbDatabase;
  readonly logger: Logger;
  readonly deletions: Deletions;
  /** Of decompressed blocks kept for the next reader. */
  readonly cacheBytes?: number;
}

/** Decompressed blocks kept for the next reader, unless told otherwise. */
const CACHE_BYTES = 24 * 1024 * 1024;

/** Blocks in the database: found by metric, time and ref range, decompressed on demand. Rows a user deleted never show. */
export class BlockStore {
  readonly #deps: BlockStoreDeps;
  readonly #metrics = new Map<string, number>();
  readonly #cache: BlockCache;
  readonly #damaged = new Set<number>();
  /** Where blobs are: more than one only after damage. */
  #tables: readonly string[];
  #count = 0;
  #bytes = 0;
  #samples = 0;

  constructor(deps: BlockStoreDeps) {
    this.#deps = deps;
    this.#cache = new BlockCache(deps.cacheBytes ?? CACHE_BYTES);
    this.#tables = rowsTables(deps.database);
    this.recount();
  }

  get count(): number {
    return this.#count;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Rows in blocks, rollups included. */
  get samples(): number {
    return this.#samples;
  }

  /** Blocks that could not be read since the start. */
  get damagedCount(): number {
    return this.#damaged.size;
  }

  /** The highest block number ever given out. */
  get lastId(): number {
    const row = this.#deps.database.prepare("SELECT coalesce(max(seq), 0) AS id FROM sqlite_sequence WHERE name = 'block'").get();
    return integerOf(row, 'id');
  }

  /** Blocks whose time and refs overlap, oldest block first. */
  find(search: BlockSearch): readonly BlockEntry[] {
    const metric = this.#metrics.get(search.metric);
    if (metric === undefined) {
      return [];
    }
    const { kind = RAW, minRef, maxRef } = search;
    return this.#salvaging(() =>
      this.#deps.database
        .prepare(
          `SELECT * FROM block WHERE kind = ? AND metric = ? AND max_ms >= ? AND min_ms <= ? AND max_ref >= ? AND min_ref <= ?
           ORDER BY id`,
        )
        .all(kind, metric, sqlTime(search.fromMs), sqlTime(search.toMs), minRef, maxRef)
        .map(entryOf),
    );
  }

  has(id: number): boolean {
    return this.#deps.database.prepare('SELECT 1 FROM block WHERE id = ?').get(id) !== undefined;
  }

  /** A block without regard to deletions; undefined when it is gone or damaged. It stays readable when it is removed meanwhile. */
  block(id: number): Block | undefined {
    const cached = this.#cache.get(id);
    if (cached !== undefined) {
      return cached ?? undefined;
    }
    const block = this.#load(id);
    if (block !== undefined) {
      this.#cache.set(id, block);
    }
    return block ?? undefined;
  }

  /** The series that have rows in a block: none when it is gone or damaged. Damage is logged and counted once. */
  refs(id: number): Iterable<number> {
    return this.block(id)?.refs ?? [];
  }

  /** A series' rows in a block, oldest first; undefined when it has none there. */
  column(id: number, ref: number): Column | undefined {
    try {
      const column = this.block(id)?.column(ref);
      const left = column && this.#deps.deletions.applyTo(column, ref, id);
      return left === undefined || left.timestamps.length === 0 ? undefined : left;
    } catch (err) {
      this.reportDamage(id, err);
      return undefined;
    }
  }

  /** Whether a user deleted rows of the series that are still in blocks. */
  isTouched(ref: number): boolean {
    return this.#deps.deletions.touches(ref);
  }

  /** A series' rows in a block without those a user deleted. */
  withoutDeleted(column: Column, ref: number, id: number): Column {
    return this.#deps.deletions.applyTo(column, ref, id);
  }

  /** Gives back the memory of blocks. */
  releaseMemory(): void {
    this.#cache.clear();
  }

  /** Gives back the memory of blocks when none was read since the last call; to be called every few minutes. */
  releaseWhenIdle(): void {
    this.#cache.clearWhenIdle();
  }

  /** Whether a series that is in the block still has rows there. */
  hasRows(id: number, ref: number): boolean {
    return !this.#deps.deletions.touches(ref) || this.column(id, ref) !== undefined;
  }

  /** Undefined when the block is gone or damaged. */
  open(id: number): OpenBlock | undefined {
    const block = this.#load(id);
    const { deletions } = this.#deps;
    return block === undefined || block === null
      ? undefined
      : {
          id,
          refs: block.refs,
          column: (ref) => {
            const column = block.column(ref);
            return column && deletions.applyTo(column, ref, id);
          },
        };
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
      const column = this.column(id, series.ref);
      const at = column?.timestamps.indexOf(timestampMs) ?? -1;
      if (at >= 0) {
        return column?.values[at];
      }
    }
    return undefined;
  }

  /** Writes a block inside the current transaction. Call `recount` when that is rolled back. */
  write(block: NewBlock): void {
    const { database } = this.#deps;
    const { lastInsertRowid } = database
      .prepare(
        `INSERT INTO block (kind, metric, min_ms, max_ms, min_ref, max_ref, series, samples, span_ms, is_rolled, bytes)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      )
      .run(
        block.kind,
        this.#metricId(block.metric),
        block.minMs,
        block.maxMs,
        block.minRef,
        block.maxRef,
        block.series,
        block.samples,
        block.spanMs,
        Number(block.isRolled),
        block.blob.length,
      );
    database.prepare('INSERT INTO block_rows (id, rows) VALUES (?, ?)').run(lastInsertRowid, block.blob);
    this.#count += 1;
    this.#bytes += block.blob.length;
    this.#samples += block.samples;
  }

  /** Deletes blocks inside the current transaction. Call `recount` when that is rolled back. */
  remove(ids: readonly number[]): void {
    const { database } = this.#deps;
    const removeEntry = database.prepare('DELETE FROM block WHERE id = ? RETURNING bytes, samples');
    for (const id of ids) {
      const [gone] = removeEntry.all(id);
      if (gone !== undefined) {
        this.#count -= 1;
        this.#bytes -= integerOf(gone, 'bytes');
        this.#samples -= integerOf(gone, 'samples');
      }
      this.#removeRows(id);
      this.#cache.delete(id);
    }
  }

  /** One transaction: blocks go and others come, with whatever else must happen together. */
  replace(gone: readonly number[], come: readonly NewBlock[], also: () => void = () => undefined): void {
    this.commit(() => {
      for (const block of come) {
        this.write(block);
      }
      this.remove(gone);
      also();
    });
  }

  /** A transaction that writes or removes blocks. Where the table of their contents cannot be written, it is made again on a new one. */
  commit(work: () => void): void {
    const { database } = this.#deps;
    try {
      database.backgroundTransaction(work);
    } catch (error) {
      this.recount();
      if (!isDamage(error)) {
        throw error;
      }
      replaceBlockRows({ ...this.#deps, cause: error });
      this.#tables = rowsTables(database);
      database.backgroundTransaction(work);
    }
  }

  /** Takes its counts and metric numbers from the database: at the start, and after a transaction was rolled back. */
  recount(): void {
    const totals = this.#salvaging(() =>
      this.#deps.database
        .prepare('SELECT count(*) AS count, total(bytes) AS bytes, total(samples) AS samples FROM block NOT INDEXED')
        .get(),
    );
    this.#count = integerOf(totals, 'count');
    this.#bytes = integerOf(totals, 'bytes');
    this.#samples = integerOf(totals, 'samples');
    this.#metrics.clear();
    for (const { name, id } of this.#deps.database.prepare('SELECT id, name FROM metric').iterate()) {
      this.#metrics.set(String(name), Number(id));
    }
  }

  /** A torn page of the table of blocks: what can be saved is copied to a new one, once, and the question asked again. */
  #salvaging<Answer>(ask: () => Answer): Answer {
    try {
      return ask();
    } catch (error) {
      if (!isDamage(error)) {
        throw error;
      }
      salvageBlocks({ ...this.#deps, cause: error });
      return ask();
    }
  }

  #load(id: number): Block | null | undefined {
    try {
      for (const table of this.#tables) {
        const row = this.#deps.database.prepare(`SELECT rows FROM ${table} WHERE id = ?`).get(id);
        if (row !== undefined) {
          return new Block(blobOf(row, 'rows'));
        }
      }
      return this.#missing(id);
    } catch (err) {
      this.reportDamage(id, err);
      return null;
    }
  }

  /** Undefined for a block that is gone; one whose entry is there has lost its bytes. */
  #missing(id: number): undefined {
    if (this.has(id)) {
      throw new RangeError('the bytes of the block are gone');
    }
    return undefined;
  }

  /** Logs and counts a block that cannot be read, once, and leaves it out from now on. */
  reportDamage(id: number, err: unknown): void {
    if (!this.#damaged.has(id)) {
      this.#damaged.add(id);
      this.#cache.set(id, null);
      const entry = this.#deps.database.prepare('SELECT * FROM block WHERE id = ?').get(id);
      const metric = [...this.#metrics].find(([, number]) => number === entry?.metric)?.[0];
      const range = { fromMs: integerOr(entry, 'min_ms', 0), toMs: integerOr(entry, 'max_ms', 0) };
      this.#deps.logger.error({ err, block: id, metric, ...range }, 'block is damaged and left out of every answer');
    }
  }

  /** A blob on a torn page cannot be deleted; its pages are lost, but its block must not keep others from going. */
  #removeRows(id: number): void {
    for (const table of this.#tables) {
      try {
        this.#deps.database.prepare(`DELETE FROM ${table} WHERE id = ?`).run(id);
      } catch (error) {
        if (!isDamage(error)) {
          throw error;
        }
      }
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
