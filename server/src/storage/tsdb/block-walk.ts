import type { BlockEntry } from './block-entry.ts';
import { lowerBound } from './column.ts';

/** A band ends where no block crosses once it has this many rows, and anywhere at the upper bound. */
const BAND_ROWS = 256_000;
const MAX_BAND_ROWS = 4_000_000;
/** Blocks of format 1 did not count their rows. */
const ASSUMED_ROWS = 16_000;

/** The blocks that may hold one of the refs: a block's range says nothing about the refs between its ends. */
export function withAnyOf(entries: readonly BlockEntry[], sorted: Float64Array): readonly BlockEntry[] {
  return entries.filter(({ minRef, maxRef }) => {
    const next = lowerBound(sorted, minRef, { from: 0, to: sorted.length });
    return (sorted[next] ?? Infinity) <= maxRef;
  });
}

/**
 * The blocks in bands of neighbouring refs, so that all blocks of a series are in one band wherever that is not too large. Those of
 * a band are in the order of their first time.
 */
export function bandsOf(entries: readonly BlockEntry[]): readonly (readonly BlockEntry[])[] {
  const bands: BlockEntry[][] = [];
  let rows = Infinity;
  let maxRef = -1;
  for (const entry of entries.toSorted((a, b) => a.minRef - b.minRef)) {
    if (rows >= MAX_BAND_ROWS || (rows >= BAND_ROWS && entry.minRef > maxRef)) {
      bands.push([]);
      rows = 0;
    }
    bands.at(-1)?.push(entry);
    rows += entry.samples || ASSUMED_ROWS;
    maxRef = Math.max(maxRef, entry.maxRef);
  }
  return bands.map((band) => band.sort((a, b) => a.minMs - b.minMs || a.id - b.id));
}
