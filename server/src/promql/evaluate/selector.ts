import { ABSENT, STALE } from '../../model/sample.ts';
import type { SeriesSamples } from '../../model/series-store.ts';

/** Where an instant selector looks for each step. */
export interface InstantLookup {
  /** The reference time of the first step: its time less the offset, or the pinned time less the offset. */
  readonly firstMs: number;
  /** 0 when `@` pins the time. */
  readonly stepMs: number;
  readonly steps: number;
  readonly lookbackMs: number;
  /** The sample's value, or its timestamp in seconds. */
  readonly take: 'value' | 'time';
}

/**
 * Fills `out[at …]` with the newest sample of each step's window (t - lookback, t], ABSENT when there is none or it is a
 * staleness marker.
 */
export function lookupInstants(series: SeriesSamples, lookup: InstantLookup, out: Float64Array, at: number): void {
  const { timestamps, values } = series;
  const { firstMs, stepMs, steps, lookbackMs } = lookup;
  const takeTime = lookup.take === 'time';
  let next = firstAfter(timestamps, firstMs);
  for (let step = 0; step < steps; step += 1) {
    const time = firstMs + step * stepMs;
    while (next < timestamps.length && (timestamps[next] ?? 0) <= time) {
      next += 1;
    }
    const newest = next - 1;
    const value = values[newest];
    const found = value !== undefined && value !== STALE && (timestamps[newest] ?? 0) > time - lookbackMs;
    if (found) {
      out[at + step] = takeTime ? (timestamps[newest] ?? 0) / 1000 : value;
    } else {
      out[at + step] = ABSENT;
    }
  }
}

/** The index of the first timestamp after `time` in a rising list. */
export function firstAfter(timestamps: Float64Array, time: number): number {
  let low = 0;
  let high = timestamps.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((timestamps[middle] ?? 0) <= time) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}

/** The samples without staleness markers; the same arrays when there are none. */
export function withoutStale(series: SeriesSamples): { timestamps: Float64Array; values: Float64Array } {
  if (!series.values.includes(STALE)) {
    return series;
  }
  let live = 0;
  for (let i = 0; i < series.values.length; i += 1) {
    live += series.values[i] === STALE ? 0 : 1;
  }
  const timestamps = new Float64Array(live);
  const values = new Float64Array(live);
  let to = 0;
  for (let from = 0; from < series.values.length; from += 1) {
    const value = series.values[from] ?? STALE;
    if (value !== STALE) {
      timestamps[to] = series.timestamps[from] ?? 0;
      values[to] = value;
      to += 1;
    }
  }
  return { timestamps, values };
}
