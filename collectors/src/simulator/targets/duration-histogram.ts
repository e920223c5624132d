import { BUCKETS_S, type Duration, meanOf, shareWithin } from '../model/latency.ts';
import type { EntityState } from '../scenarios/entity-state.ts';
import type { Coefficients, HistogramParts } from './series.ts';

/** Durations of `rps` requests a second; the slow part takes three times as long. Scenarios stretch both. */
export function durationHistogram(rps: number, medianS: number): HistogramParts {
  const fast: Duration = { medianS, sigma: 0.5 };
  const slow: Duration = { medianS: medianS * 3, sigma: 0.6 };
  const within = (bound: number, { loadFactor, latencyFactor }: EntityState): Coefficients => {
    const ofFast = shareWithin(fast, bound, latencyFactor);
    return { load: rps * loadFactor * ofFast, slow: rps * loadFactor * (shareWithin(slow, bound, latencyFactor) - ofFast) };
  };
  return {
    buckets: BUCKETS_S.map((bound) => ({ le: String(bound), grow: (state) => within(bound, state) })),
    count: ({ loadFactor }) => ({ load: rps * loadFactor }),
    sum: ({ loadFactor, latencyFactor }) => ({
      load: rps * loadFactor * latencyFactor * meanOf(fast),
      slow: rps * loadFactor * latencyFactor * (meanOf(slow) - meanOf(fast)),
    }),
  };
}
