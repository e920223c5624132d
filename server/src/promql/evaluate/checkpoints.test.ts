import { describe, expect, it } from 'vitest';
import { Labels } from '../../model/labels.ts';
import type { SeriesSamples } from '../../model/series-store.ts';
import { MemorySeries } from '../conformance/memory-series.ts';
import { PromqlEngine } from '../engine.ts';

/** Series with a sample a second for 5,000 seconds. */
class LongSeries extends MemorySeries {
  readonly #all: readonly SeriesSamples[];

  constructor(series: number) {
    super();
    const timestamps = Float64Array.from({ length: 5_000 }, (_, i) => i * 1000);
    const values = Float64Array.from({ length: 5_000 }, (_, i) => i % 7);
    this.#all = Array.from({ length: series }, (_, i) => ({
      labels: Labels.from({ __name__: 'm', i: String(i) }),
      timestamps,
      values,
    }));
  }

  override async select(): Promise<readonly SeriesSamples[]> {
    return this.#all;
  }
}

describe('a long evaluation looks whether it may go on', () => {
  it.for([
    { expr: 'stddev_over_time(m[1h])', series: 1, atLeast: 5, why: 'inside one series when its windows are long' },
    { expr: 'quantile_over_time(0.5, m[1h])', series: 1, atLeast: 5, why: 'inside one series whose window is kept sorted' },
    { expr: 'rate(m[1h])', series: 1, atLeast: 5, why: 'inside one series with very many resets' },
    { expr: 'sum(m)', series: 400, atLeast: 10, why: 'from row to row of an aggregation' },
    { expr: 'm > 100', series: 400, atLeast: 10, why: 'from row to row of a filter that keeps none' },
    { expr: 'm and m', series: 400, atLeast: 20, why: 'on both sides of a set operator' },
    { expr: 'quantile(0.5, m)', series: 400, atLeast: 15, why: 'from step to step of one large group' },
    { expr: 'topk(3, m)', series: 400, atLeast: 10, why: 'from row to row of a ranking' },
  ])('$why', async ({ expr, series, atLeast }) => {
    let looks = 0;
    const engine = new PromqlEngine({ reader: new LongSeries(series), now: () => ++looks * 1e-6 });
    await engine.evaluate(expr, { startMs: 3_600_000, endMs: 5_000_000, stepMs: 3_000 });
    expect(looks).toBeGreaterThanOrEqual(atLeast);
  });
});
