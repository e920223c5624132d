import { expect, it } from 'vitest';
import { Labels } from '../../model/labels.ts';
import { STALE } from '../../model/sample.ts';
import type { SeriesReader, SeriesSamples } from '../../model/series-store.ts';
import { PromqlEngine } from '../engine.ts';

/** Averages of 4, 1 and 5 samples with a staleness marker between them. */
const summaries: SeriesSamples = {
  labels: Labels.from({ __name__: 'a' }),
  timestamps: Float64Array.of(60_000, 90_000, 120_000, 180_000),
  values: Float64Array.of(10, STALE, 30, 20),
  weights: Float64Array.of(4, 1, 1, 5),
};

it.for([
  { expr: 'sum_over_time(a[5m])', value: 170, why: 'a sum counts each average as often as it has samples' },
  { expr: 'count_over_time(a[5m])', value: 10, why: 'a count counts samples, not averages' },
  { expr: 'avg_over_time(a[5m])', value: 17, why: 'a mean weighs averages by their samples' },
  { expr: 'max_over_time(a[5m])', value: 30, why: 'others look at the values as they are' },
])('$why', async ({ expr, value }) => {
  const reader: Pick<SeriesReader, 'select' | 'metadata'> = { select: async () => [summaries], metadata: async () => new Map() };
  // The engine asks a reader for nothing else here.
  const engine = new PromqlEngine({ reader: reader as SeriesReader });
  expect(await engine.instant(engine.prepare(expr), 180_000)).toMatchObject({ series: [{ values: Float64Array.of(value) }] });
});
