import { type BlockEntry, entryOf } from './block-entry.ts';
import { rewriteBlocks } from './block-rewriter.ts';
import type { BlockStore } from './block-store.ts';
import type { Deletion, Deletions } from './deletions.ts';
import { integerOf, integerOr, type Row, textOf } from './rows.ts';
import type { TimeSlice } from './time-slice.ts';
import type { TsdbDatabase } from './tsdb-database.ts';

export interface DeletionRunnerDeps {
  readonly database: TsdbDatabase;
  readonly blocks: BlockStore;
  readonly deletions: Deletions;
}

interface Touched extends BlockEntry {
  readonly kind: number;
  readonly metric: string;
  readonly isRolled: boolean;
}

/** Carries deletions out on disk: blocks are written anew without the rows, and a deletion is forgotten once no WAL row needs it. */
export class DeletionRunner {
  readonly #deps: DeletionRunnerDeps;

  constructor(deps: DeletionRunnerDeps) {
    this.#deps = deps;
  }

  async run(slice: TimeSlice): Promise<void> {
    const { blocks, deletions } = this.#deps;
    const pending = deletions.all;
    for (const entry of this.#touched(pending)) {
      await slice.pause();
      await rewriteBlocks(blocks, { ...entry, entries: [entry] }, slice);
    }
    const oldestWalId = integerOr(this.#deps.database.prepare('SELECT min(id) AS id FROM wal').get(), 'id', Infinity);
    const done = pending.filter(({ walId }) => walId < oldestWalId).map(({ id }) => id);
    if (done.length > 0) {
      deletions.forget(done);
    }
  }

  /** Blocks that were there at the deletion and still hold rows of it. */
  #touched(pending: readonly Deletion[]): readonly Touched[] {
    const found = new Map<number, Touched>();
    const find = this.#deps.database.prepare(
      `SELECT block.*, metric.name FROM block JOIN metric ON metric.id = block.metric
       WHERE min_ref <= ?1 AND max_ref >= ?1 AND block.id <= ?2 AND max_ms >= ?3 AND min_ms <= ?4`,
    );
    for (const { ref, blockId, fromMs, toMs } of pending) {
      for (const entry of find.all(ref, blockId, fromMs, toMs).map(touchedOf)) {
        if ([...this.#deps.blocks.refs(entry.id)].includes(ref)) {
          found.set(entry.id, entry);
        }
      }
    }
    return [...found.values()];
  }
}

function touchedOf(row: Row): Touched {
  return {
    ...entryOf(row),
    kind: integerOf(row, 'kind'),
    metric: textOf(row, 'name'),
    isRolled: integerOf(row, 'is_rolled') === 1,
  };
}
