import { describe, expect, it } from 'vitest';
import { STALE } from '../../model/sample.ts';
import type { Column } from './column.ts';
import { isCounterMetric, type RolledSeries, rollUp, sourceOfSamples } from './rollup.ts';

const BUCKET = 300_000;
const LAST = BUCKET - 1;

/** Values at multiples of a minute. */
function minutes(...values: readonly number[]): Column {
  return { timestamps: Float64Array.from(values, (_, i) => i * 60_000), values: Float64Array.from(values) };
}

function points({ timestamps, values }: Column): readonly string[] {
  return Array.from(timestamps, (at, i) => `${at}=${values[i] === STALE ? 'stale' : values[i]}`);
}

function rolled(values: readonly number[], { isCounter = false } = {}): RolledSeries {
  return rollUp(sourceOfSamples(minutes(...values)), BUCKET, isCounter);
}

describe('a rollup', () => {
  it('joins the samples of each bucket and stands at its last millisecond', () => {
    const { min, max, sum, count } = rolled([1, 5, 2, 2, 3, 9, 7]);
    expect(points(min)).toEqual([`${LAST}=1`, `${LAST + BUCKET}=7`]);
    expect(points(max)).toEqual([`${LAST}=5`, `${LAST + BUCKET}=9`]);
    expect(points(sum)).toEqual([`${LAST}=13`, `${LAST + BUCKET}=16`]);
    expect(points(count)).toEqual([`${LAST}=5`, `${LAST + BUCKET}=2`]);
  });

  it.for([
    { values: [1, 2, STALE], sum: [`${LAST - 1}=3`, `${LAST}=stale`], why: 'a series that ends stays ended' },
    { values: [1, STALE, 2], sum: [`${LAST}=3`], why: 'an end that was followed by samples is over' },
    { values: [STALE], sum: [`${LAST}=stale`], why: 'a marker alone stays one' },
    { values: [1, Number.NaN], sum: [`${LAST}=NaN`], why: 'NaN makes sums NaN' },
  ])('$why', ({ values, sum }) => {
    expect(points(rolled(values).sum)).toEqual(sum);
  });

  it('passes NaN over in extremes unless there is nothing else', () => {
    expect([...rolled([Number.NaN, 3, 1]).min.values]).toEqual([1]);
    expect([...rolled([3, Number.NaN, 1]).max.values]).toEqual([3]);
    expect([...rolled([Number.NaN]).max.values]).toEqual([Number.NaN]);
  });

  it.for([
    { values: [1, 2, 3, 4, 5, 6], kept: ['240000=5', '300000=6'], why: 'the last of each bucket' },
    { values: [8, 9, 1, 2, 3], kept: ['60000=9', '120000=1', '240000=3'], why: 'both sides of a reset' },
    { values: [8, 9, 1, 0, 3], kept: ['60000=9', '120000=1', '180000=0', '240000=3'], why: 'of every reset' },
    {
      values: [8, 9, STALE, 2, 3],
      kept: ['60000=9', '120000=stale', '180000=2', '240000=3'],
      why: 'an end, and a reset across it',
    },
  ])('keeps of a counter $why', ({ values, kept }) => {
    expect(points(rolled(values, { isCounter: true }).counter)).toEqual(kept);
  });

  it('keeps of a gauge only the last of each bucket', () => {
    expect(points(rolled([8, 9, 1, 2, 3]).counter)).toEqual(['240000=3']);
  });

  it('of a rollup is the rollup of the samples', () => {
    const values = Array.from({ length: 240 }, (_, i) => (i % 47) * 3 + (i % 5));
    const hourly = (source: RolledSeries) => rollUp(source, 12 * BUCKET, true);
    const inSteps = hourly(rolled(values, { isCounter: true }));
    const atOnce = hourly(sourceOfSamples(minutes(...values)));
    expect(inSteps).toEqual(atOnce);
  });
});

it.for([
  { metric: 'http_requests_total', type: undefined, isCounter: true, why: 'its name says so' },
  { metric: 'temperature_total', type: 'gauge', isCounter: false, why: 'its type says more than its name' },
  { metric: 'requests', type: 'counter', isCounter: true, why: 'its type says so' },
  { metric: 'latency_bucket', type: undefined, isCounter: true, why: 'buckets count' },
  { metric: 'load1', type: undefined, isCounter: false, why: 'nothing says so' },
] as const)('$metric: $why', ({ metric, type, isCounter }) => {
  expect(isCounterMetric(metric, type && { type, help: '', unit: '' })).toBe(isCounter);
});
