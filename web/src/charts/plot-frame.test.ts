import { expect, it } from 'vitest';
import { pixelOf, timeAt, yTicks } from './plot-frame.ts';

const series = (max: number) => [{ key: 'a', name: 'a', points: [[0, max] as const] }];
const threshold = { value: 100, label: 'slo', severity: 'warning' } as const;

it.for([
  { max: 60, scale: { unit: 'short', thresholds: [threshold] }, top: 100, why: 'a threshold within reach is in sight' },
  { max: 9, scale: { unit: 'short', thresholds: [threshold] }, top: 10, why: 'one far away does not flatten the line' },
  { max: 10, scale: { unit: 'short', thresholds: [] }, top: 12.5, why: 'a line on the top tick gets room above it' },
  { max: 1, scale: { unit: 'ratio', thresholds: [] }, top: 1, why: 'a ratio may touch 100 %' },
  { max: 10, scale: { unit: 'percent', thresholds: [] }, top: 100, why: 'percent goes to 100' },
  { max: 10, scale: { unit: 'short', thresholds: [], max: 50 }, top: 60, why: 'a fixed top is kept, rounded up to a tick' },
] as const)('$why', ({ max, scale, top }) => {
  expect(yTicks(series(max), scale).at(-1)).toBe(top);
});

it('turns pixels into times and back, and stays inside', () => {
  const span = { from: 1000, to: 2000 };
  expect(timeAt(50, 100, span)).toBe(1500);
  expect(pixelOf(1500, 100, span)).toBe(50);
  expect([timeAt(-5, 100, span), timeAt(500, 100, span)]).toEqual([1000, 2000]);
});
