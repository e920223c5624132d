import { expect, it } from 'vitest';
import { toPoints } from './query-range.ts';

it.for([
  {
    values: [
      [0, '1'],
      [30, '3'],
    ],
    points: [
      [0, 1],
      [15_000, null],
      [30_000, 3],
    ],
    why: 'a missing step is a gap',
  },
  {
    values: [
      [0, 'NaN'],
      [15, '+Inf'],
    ],
    points: [
      [0, null],
      [15_000, Number.POSITIVE_INFINITY],
      [30_000, null],
    ],
    why: 'NaN is a gap, infinity is a value',
  },
  {
    values: [],
    points: [
      [0, null],
      [15_000, null],
      [30_000, null],
    ],
    why: 'nothing is all gaps',
  },
] as const)('$why', ({ values, points }) => {
  expect(toPoints(values, { fromMs: 0, toMs: 30_000, resolutionMs: 15_000, pixels: 240 })).toEqual(points);
});

it('points chosen for a width come as they are, with their own times and gaps', () => {
  const chosen = [
    [0, '1'],
    [15, null],
    [45, '4'],
  ] as const;
  expect(toPoints(chosen, { fromMs: 0, toMs: 60_000, resolutionMs: 15_000, pixels: 1 })).toEqual([
    [0, 1],
    [15_000, null],
    [45_000, 4],
  ]);
});
