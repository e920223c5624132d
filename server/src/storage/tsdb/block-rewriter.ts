import type { BlockSeries } from './block-codec.ts';
import { type BlockEntry, type NewBlock, newBlock } from './block-entry.ts';
import type { BlockKind } from './block-kind.ts';
import type { BlockStore, OpenBlock } from './block-store.ts';
import { mergeColumns } from './memory-series.ts';
import type { TimeSlice } from './time-slice.ts';

/** About 16-64 KB compressed; smaller blobs waste pages, larger ones make reading one series dear. */
export const ROWS_PER_BLOCK = 16_000;

export interface Rewrite {
  readonly kind: BlockKind;
  readonly metric: string;
  readonly spanMs: number;
  readonly isRolled: boolean;
  readonly entries: readonly BlockEntry[];
}

/**
 * Writes the rows of several blocks of one metric into as few as fit: decoding and encoding in slices, then one short transaction
 * in which the new blocks come and the old ones go. A process killed at any moment leaves either. Rows that were deleted
 * are left out for good. Damaged blocks are left alone.
 */
export async function rewriteBlocks(blocks: BlockStore, rewrite: Rewrite, slice: TimeSlice): Promise<void> {
  const open: OpenBlock[] = [];
  for (const { id } of rewrite.entries) {
    await slice.pause();
    const block = blocks.open(id);
    if (block !== undefined) {
      open.push(block);
    }
  }
  const come = await merged(open, rewrite, slice);
  blocks.replace(
    open.map(({ id }) => id),
    come,
  );
}

async function merged(open: readonly OpenBlock[], rewrite: Rewrite, slice: TimeSlice): Promise<readonly NewBlock[]> {
  const byRef = new Map<number, OpenBlock[]>();
  for (const block of open) {
    for (const ref of block.refs) {
      const holders = byRef.get(ref);
      if (holders === undefined) {
        byRef.set(ref, [block]);
      } else {
        holders.push(block);
      }
    }
  }
  const filler = new BlockFiller(rewrite);
  for (const [ref, holders] of [...byRef].sort((a, b) => a[0] - b[0])) {
    await slice.pause();
    filler.add({ ref, column: mergeColumns(holders.flatMap((block) => block.column(ref) ?? [])) });
  }
  return filler.finish();
}

/** Packs series, ascending by ref, into blocks of about ROWS_PER_BLOCK rows. */
export class BlockFiller {
  readonly #place: Omit<Rewrite, 'entries'>;
  readonly #done: NewBlock[] = [];
  #series: BlockSeries[] = [];
  #rows = 0;

  constructor(place: Omit<Rewrite, 'entries'>) {
    this.#place = place;
  }

  add(series: BlockSeries): void {
    const rows = series.column.timestamps.length;
    if (rows > 0) {
      this.#series.push(series);
      this.#rows += rows;
    }
    if (this.#rows >= ROWS_PER_BLOCK) {
      this.#flush();
    }
  }

  finish(): readonly NewBlock[] {
    this.#flush();
    return this.#done;
  }

  #flush(): void {
    if (this.#series.length > 0) {
      this.#done.push(newBlock(this.#place, this.#series));
    }
    this.#series = [];
    this.#rows = 0;
  }
}
