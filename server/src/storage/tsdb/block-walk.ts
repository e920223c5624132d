import type { BlockEntry } from './block-entry.ts';
import { lowerBound } from './column.ts';

/** The blocks that may hold one of the refs: a block's range says nothing about the refs between its ends. */
export function withAnyOf(entries: readonly BlockEntry[], sorted: Float64Array): readonly BlockEntry[] {
  return entries.filter(({ minRef, maxRef }) => {
    const next = lowerBound(sorted, minRef, { from: 0, to: sorted.length });
    return (sorted[next] ?? Infinity) <= maxRef;
  });
}

/** The blocks in the order of their first time. */
export function byTime(entries: readonly BlockEntry[]): readonly BlockEntry[] {
  return entries.toSorted((a, b) => a.minMs - b.minMs || a.id - b.id);
}
