/** Where the rows of a commit have their times. */
interface TimedRows {
  timestampAt(row: number): number;
}

/**
 * The rows from `from` up to `to`, not included, the older before the newer and rows of one time as they came; undefined when
 * that is how they lie. Senders that catch up give all rows of one series before those of the next.
 */
export function byTime(rows: TimedRows, from: number, to: number): Uint32Array | undefined {
  let isInOrder = true;
  for (let row = from + 1; row < to && isInOrder; row += 1) {
    isInOrder = rows.timestampAt(row) >= rows.timestampAt(row - 1);
  }
  return isInOrder ? undefined : sorted(rows, from, to);
}

/** Few times and many rows: counts the rows of each time, which says where each row belongs. */
function sorted(rows: TimedRows, from: number, to: number): Uint32Array {
  const places = new Map<number, number>();
  for (let row = from; row < to; row += 1) {
    const timestampMs = rows.timestampAt(row);
    places.set(timestampMs, (places.get(timestampMs) ?? 0) + 1);
  }
  let place = 0;
  for (const timestampMs of Float64Array.from(places.keys()).sort()) {
    const count = places.get(timestampMs) ?? 0;
    places.set(timestampMs, place);
    place += count;
  }
  const order = new Uint32Array(to - from);
  for (let row = from; row < to; row += 1) {
    const timestampMs = rows.timestampAt(row);
    const at = places.get(timestampMs) ?? 0;
    order[at] = row;
    places.set(timestampMs, at + 1);
  }
  return order;
}
