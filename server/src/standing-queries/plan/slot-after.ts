/** Steps to go from where a slot should be before the search halves instead. */
const MOST_STEPS = 4;

/** The first slot in `[start, end)` whose time is after the given one, or `end`. Quick where times are nearly evenly spaced. */
export function slotAfter(timestamps: Float64Array, timeMs: number, { start, end }: { start: number; end: number }): number {
  if (start >= end) {
    return end;
  }
  const last = end - 1;
  const newest = timestamps[last] ?? 0;
  if (newest <= timeMs) {
    return end;
  }
  const oldest = timestamps[start] ?? 0;
  if (oldest > timeMs) {
    return start;
  }
  let slot = start + Math.floor(((timeMs - oldest) / (newest - oldest)) * (last - start));
  for (let step = 0; step < MOST_STEPS; step += 1) {
    if ((timestamps[slot] ?? 0) > timeMs) {
      slot -= 1;
    } else if ((timestamps[slot + 1] ?? 0) <= timeMs) {
      slot += 1;
    } else {
      return slot + 1;
    }
  }
  return (timestamps[slot] ?? 0) > timeMs
    ? halving(timestamps, timeMs, { low: start, high: slot })
    : halving(timestamps, timeMs, { low: slot, high: last });
}

/** `timestamps[low] <= timeMs < timestamps[high]`. */
function halving(timestamps: Float64Array, timeMs: number, between: { low: number; high: number }): number {
  let { low, high } = between;
  while (high - low > 1) {
    const middle = (low + high) >>> 1;
    if ((timestamps[middle] ?? 0) <= timeMs) {
      low = middle;
    } else {
      high = middle;
    }
  }
  return high;
}
