import { type BlockSeries, encodeBlock } from './block-codec.ts';
import type { BlockKind } from './block-kind.ts';
import { integerOf, type Row } from './rows.ts';

/** Where a block is and what it may hold. */
export interface BlockEntry {
  readonly id: number;
  readonly minMs: number;
  readonly maxMs: number;
  readonly minRef: number;
  readonly maxRef: number;
  /** Series and rows in it; 0 in blocks of format 1, which did not count. */
  readonly series: number;
  readonly samples: number;
  readonly spanMs: number;
  /** Compressed. */
  readonly bytes: number;
}

/** A block to be written, encoded already so that the transaction is short. */
export interface NewBlock {
  readonly kind: BlockKind;
  readonly metric: string;
  readonly minMs: number;
  readonly maxMs: number;
  readonly minRef: number;
  readonly maxRef: number;
  readonly series: number;
  readonly samples: number;
  readonly spanMs: number;
  /** The next coarser rollup has its rows already. */
  readonly isRolled: boolean;
  readonly blob: Uint8Array;
}

/** Groups end where no block crosses, once they have this much; and at the upper bound anywhere. */
const GROUP_BYTES = 128 * 1024;
const MAX_GROUP_BYTES = 1024 * 1024;

/** Encodes one block. `series` must be ascending by ref and none of them empty. */
export function newBlock(
  place: { readonly kind: BlockKind; readonly metric: string; readonly spanMs: number; readonly isRolled: boolean },
  series: readonly BlockSeries[],
): NewBlock {
  const times = series.map(({ column: { timestamps } }) => timestamps);
  return {
    kind: place.kind,
    metric: place.metric,
    spanMs: place.spanMs,
    isRolled: place.isRolled,
    minMs: times.reduce((min, column) => Math.min(min, column[0] ?? min), Infinity),
    maxMs: times.reduce((max, column) => Math.max(max, column[column.length - 1] ?? max), -Infinity),
    minRef: series[0]?.ref ?? 0,
    maxRef: series.at(-1)?.ref ?? 0,
    series: series.length,
    samples: times.reduce((sum, column) => sum + column.length, 0),
    blob: encodeBlock(series),
  };
}

export function entryOf(row: Row): BlockEntry {
  return {
    id: integerOf(row, 'id'),
    minMs: integerOf(row, 'min_ms'),
    maxMs: integerOf(row, 'max_ms'),
    minRef: integerOf(row, 'min_ref'),
    maxRef: integerOf(row, 'max_ref'),
    series: integerOf(row, 'series'),
    samples: integerOf(row, 'samples'),
    spanMs: integerOf(row, 'span_ms'),
    bytes: integerOf(row, 'bytes'),
  };
}

/** Open ends (±Infinity) and fractions as SQLite's index understands them. */
export function sqlTime(timestampMs: number): number {
  return Math.min(Math.max(timestampMs, Number.MIN_SAFE_INTEGER), Number.MAX_SAFE_INTEGER);
}

/** Blocks in groups that can be worked on at once, those whose refs overlap together. `entries` ascend by their first ref. */
export function groupsOf<Entry extends BlockEntry>(entries: readonly Entry[]): readonly (readonly Entry[])[] {
  const groups: Entry[][] = [];
  let bytes = Infinity;
  let maxRef = -1;
  for (const entry of entries) {
    if (bytes >= MAX_GROUP_BYTES || (bytes >= GROUP_BYTES && entry.minRef > maxRef)) {
      groups.push([]);
      bytes = 0;
    }
    groups.at(-1)?.push(entry);
    bytes += entry.bytes;
    maxRef = Math.max(maxRef, entry.maxRef);
  }
  return groups;
}
