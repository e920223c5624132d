import { describe, expect, it } from 'vitest';
import { timeTicks, unite, valueTicks } from './axis.ts';

describe('timeTicks', () => {
  it('puts at most the asked number of round instants inside the span', () => {
    const from = Date.UTC(2026, 0, 1, 10, 3);
    expect(timeTicks({ from, to: from + 3_600_000 }, 6, 0).map((at) => new Date(at).toISOString().slice(11, 16))).toEqual([
      '10:10',
      '10:20',
      '10:30',
      '10:40',
      '10:50',
      '11:00',
    ]);
  });

  it('starts days at midnight of the zone', () => {
    const from = Date.UTC(2026, 0, 1);
    const ticks = timeTicks({ from, to: from + 3 * 86_400_000 }, 3, 5.5 * 3_600_000);
    expect(new Date(ticks[0] ?? 0).toISOString()).toBe('2026-01-01T18:30:00.000Z');
  });
});

describe('valueTicks', () => {
  it.for([
    { min: 0, max: 100, unit: 'percent', ticks: [0, 25, 50, 75, 100], why: 'percent splits evenly' },
    { min: 0, max: 0.37, unit: 'ratio', ticks: [0, 0.1, 0.2, 0.3, 0.4], why: 'the top is round' },
    { min: 0, max: 0, unit: 'short', ticks: [0, 0.25], why: 'a flat zero line still has an axis' },
    { min: 0, max: 900, unit: 'bytes', ticks: [0, 256, 512, 768, 1024], why: 'bytes step in powers of two' },
    { min: -3, max: 3, unit: 'short', ticks: [-4, -2, 0, 2, 4], why: 'negative values have ticks too' },
  ] as const)('$why', ({ min, max, unit, ticks }) => {
    expect(valueTicks({ min, max }, unit)).toEqual(ticks);
  });
});

it('unites spans that overlap and keeps the others apart', () => {
  const spans = [
    { from: 20, to: 30 },
    { from: 0, to: 5 },
    { from: 3, to: 9 },
  ];
  expect(unite(spans)).toEqual([
    { from: 0, to: 9 },
    { from: 20, to: 30 },
  ]);
});
