import { STALE } from '../../model/sample.ts';
import type { SeriesSamples } from '../../model/series-store.ts';

type Points = Pick<SeriesSamples, 'timestamps' | 'values'>;

/** Closer than the five minutes that a selector looks back, with room for jitter. */
const CARRY_STEP_MS = 240_000;

/** Points of an instant selector: each is repeated until the next one, for at most a bucket and not after the end of the series. */
export function carriedOn({ timestamps, values }: Points, bucketMs: number): Points {
  const points: (readonly [number, number])[] = [];
  for (const [i, timestamp] of timestamps.entries()) {
    const value = values[i] ?? STALE;
    const until = Math.min(timestamps[i + 1] ?? Infinity, timestamp + bucketMs);
    points.push([timestamp, value]);
    for (let at = timestamp + CARRY_STEP_MS; at < until && value !== STALE; at += CARRY_STEP_MS) {
      points.push([at, value]);
    }
  }
  return columnsOf(points);
}

/** The same for averages, which stand at the end of their bucket: each is repeated from its bucket's start on. */
export function carriedBack({ timestamps, values }: Points, bucketMs: number): Points {
  const points: (readonly [number, number])[] = [];
  for (const [i, timestamp] of timestamps.entries()) {
    const value = values[i] ?? STALE;
    const after = Math.max(timestamps[i - 1] ?? -Infinity, Math.floor(timestamp / bucketMs) * bucketMs - 1);
    const steps = value === STALE ? 0 : Math.ceil((timestamp - after) / CARRY_STEP_MS) - 1;
    for (let step = steps; step >= 0; step -= 1) {
      points.push([timestamp - step * CARRY_STEP_MS, value]);
    }
  }
  return columnsOf(points);
}

function columnsOf(points: readonly (readonly [number, number])[]): Points {
  return {
    timestamps: Float64Array.from(points, ([at]) => at),
    values: Float64Array.from(points, ([, value]) => value),
  };
}
