import { type Column, withoutRange } from './column.ts';
import { integerOf } from './rows.ts';
import type { TsdbDatabase } from './tsdb-database.ts';

/** Rows that a user deleted: those of one series in a time range (both ends inclusive) that were stored at that moment. */
export interface Deletion {
  readonly id: number;
  readonly ref: number;
  readonly fromMs: number;
  readonly toMs: number;
  /** Rows in this WAL row or an earlier one are deleted; what is appended later is not. */
  readonly walId: number;
  /** The same for blocks. */
  readonly blockId: number;
}

/**
 * Deletions that are committed and not yet carried out everywhere: readers leave their rows out until maintenance has
 * rewritten the blocks and the WAL rows are gone.
 */
export class Deletions {
  readonly #database: TsdbDatabase;
  #byRef = new Map<number, Deletion[]>();

  constructor(database: TsdbDatabase) {
    this.#database = database;
    this.reload();
  }

  get all(): readonly Deletion[] {
    return [...this.#byRef.values()].flat();
  }

  /** Writes deletions inside the current transaction. Call `reload` when it is durable. */
  write(deletions: readonly Omit<Deletion, 'id'>[]): void {
    const insert = this.#database.prepare('INSERT INTO deletion (ref, from_ms, to_ms, wal_id, block_id) VALUES (?, ?, ?, ?, ?)');
    for (const { ref, fromMs, toMs, walId, blockId } of deletions) {
      insert.run(ref, fromMs, toMs, walId, blockId);
    }
  }

  /** Forgets deletions that nothing on disk needs any more, in a transaction of its own. */
  forget(ids: readonly number[]): void {
    const remove = this.#database.prepare('DELETE FROM deletion WHERE id = ?');
    this.#database.backgroundTransaction(() => {
      for (const id of ids) {
        remove.run(id);
      }
    });
    this.reload();
  }

  reload(): void {
    const byRef = new Map<number, Deletion[]>();
    for (const row of this.#database.prepare('SELECT * FROM deletion ORDER BY id').iterate()) {
      const deletion = {
        id: integerOf(row, 'id'),
        ref: integerOf(row, 'ref'),
        fromMs: integerOf(row, 'from_ms'),
        toMs: integerOf(row, 'to_ms'),
        walId: integerOf(row, 'wal_id'),
        blockId: integerOf(row, 'block_id'),
      };
      byRef.set(deletion.ref, [...(byRef.get(deletion.ref) ?? []), deletion]);
    }
    this.#byRef = byRef;
  }

  get isEmpty(): boolean {
    return this.#byRef.size === 0;
  }

  touches(ref: number): boolean {
    return this.#byRef.has(ref);
  }

  /** True when this row of the WAL was deleted. */
  hasWalRow(ref: number, walId: number, timestampMs: number): boolean {
    const deletions = this.#byRef.get(ref);
    return deletions?.some((one) => walId <= one.walId && timestampMs >= one.fromMs && timestampMs <= one.toMs) ?? false;
  }

  /** A series' rows in a block without those that were deleted. */
  applyTo(column: Column, ref: number, blockId: number): Column {
    const deletions = this.#byRef.get(ref)?.filter((deletion) => blockId <= deletion.blockId) ?? [];
    return deletions.reduce((left, deletion) => withoutRange(left, deletion), column);
  }
}
