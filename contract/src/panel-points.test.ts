import { describe, expect, it } from 'vitest';
import { dropPointsBefore, panelResolution, panelWidth, splicePoints } from './panel-points.ts';

const HOUR = 3_600_000;

describe('asking for a panel', () => {
  it.for([
    { pixels: 50, width: 240, why: 'the narrowest' },
    { pixels: 240, width: 240, why: 'a width itself' },
    { pixels: 241, width: 320, why: 'never narrower than asked, so that no pixel lacks its extremes' },
    { pixels: 900, width: 960, why: 'a wide panel' },
    { pixels: 4000, width: 1920, why: 'the widest' },
  ])('$pixels pixels get $width: $why', ({ pixels, width }) => {
    expect(panelWidth(pixels)).toBe(width);
  });

  it.for([
    { rangeMs: HOUR, stepMs: 15_000, expected: 15_000, why: 'an hour as fine as the sources' },
    { rangeMs: 24 * HOUR, stepMs: 300_000, expected: 15_000, why: 'a day too' },
    { rangeMs: 7 * 24 * HOUR, stepMs: 1_800_000, expected: 120_000, why: 'a week coarser, so that it stays affordable' },
    { rangeMs: HOUR, stepMs: 5000, expected: 5000, why: 'never coarser than asked' },
    { rangeMs: 2000 * 24 * HOUR, stepMs: 1000, expected: 1000, why: 'the step asked for is a bound also where it is absurd' },
  ])('$rangeMs ms every $stepMs ms: $why', ({ rangeMs, stepMs, expected }) => {
    expect(panelResolution({ rangeMs, stepMs })).toBe(expected);
  });
});

describe('changing points', () => {
  const KNOWN = [
    [10, 1],
    [20, null],
    [30, 3],
    [40, 4],
  ] as const;

  it.for([
    {
      from: 30,
      points: [[35, 9]],
      expected: [
        [10, 1],
        [20, null],
        [35, 9],
      ],
      why: 'replaces what was there and is no more',
    },
    { from: 50, points: [[50, 5]], expected: [...KNOWN, [50, 5]], why: 'adds at the end' },
    { from: 0, points: [], expected: [], why: 'may empty a series' },
  ] as const)('$why', ({ from, points, expected }) => {
    expect(splicePoints(KNOWN, { from, points })).toEqual(expected);
  });

  it.for([
    { before: 5, expected: KNOWN, why: 'nothing is that old' },
    { before: 11, expected: KNOWN.slice(2), why: 'a series does not begin with a gap' },
    { before: 41, expected: [], why: 'everything may be old' },
  ])('drops before $before: $why', ({ before, expected }) => {
    expect(dropPointsBefore(KNOWN, before)).toEqual(expected);
  });
});
