import type { AppendRequest } from '../../model/series-store.ts';

/** Whether any row is older than the given time. */
export function hasRowBefore({ rows: { timestamps } }: AppendRequest, timestampMs: number): boolean {
  for (let i = 0; i < timestamps.length; i += 1) {
    if ((timestamps[i] ?? 0) < timestampMs) {
      return true;
    }
  }
  return false;
}

/** @throws RangeError when columns are not equally long or a time is no whole number of milliseconds */
export function assertWellFormed({ rows }: AppendRequest): void {
  const { labels, timestamps, values } = rows;
  if (timestamps.length !== labels.length || values.length !== labels.length) {
    throw new RangeError(
      `append: ${labels.length} label sets, ${timestamps.length} timestamps, ${values.length} values; they must be as many`,
    );
  }
  for (let i = 0; i < timestamps.length; i += 1) {
    if (!Number.isSafeInteger(timestamps[i])) {
      throw new RangeError(`append: row ${i} has timestamp ${timestamps[i]}; whole milliseconds since the epoch are wanted`);
    }
  }
}
