import { describe, expect, it } from 'vitest';
import { nearestRow, newestValueAt, type Point, thinOut, toRows, valueRange } from './series.ts';

describe('toRows', () => {
  it('joins series by time and leaves gaps where one has nothing', () => {
    const rows = toRows([
      {
        key: 'a',
        name: 'a',
        points: [
          [1, 10],
          [3, Number.NaN],
        ],
      },
      {
        key: 'b',
        name: 'b',
        points: [
          [2, 20],
          [3, 30],
        ],
      },
    ]);
    expect(rows).toEqual([
      { at: 1, values: { a: 10 } },
      { at: 2, values: { b: 20 } },
      { at: 3, values: { a: null, b: 30 } },
    ]);
  });
});

describe('thinOut', () => {
  it('never returns more points than asked for, and keeps the spike', () => {
    const points = Array.from({ length: 1000 }, (_, index): Point => [index, index === 497 ? 99 : 1]);
    const thin = thinOut(points, 100);
    expect(thin).toHaveLength(100);
    expect(thin).toContainEqual([497, 99]);
  });

  it('keeps a gap a gap', () => {
    const points: Point[] = [
      [0, 1],
      [1, 1],
      [2, null],
      [3, null],
    ];
    expect(thinOut(points, 2)).toEqual([
      [0, 1],
      [2, null],
    ]);
  });

  it('leaves short series alone', () => {
    const points: Point[] = [[0, 1]];
    expect(thinOut(points, 2)).toBe(points);
  });
});

describe('ranges', () => {
  it('has no range without values', () => {
    expect(valueRange([{ points: [[0, null]] }])).toBeNull();
    expect(newestValueAt([{ key: 'a', name: 'a', points: [[0, null]] }])).toBeNull();
  });

  it('ignores gaps at the end for the newest value', () => {
    expect(
      newestValueAt([
        {
          key: 'a',
          name: 'a',
          points: [
            [0, 1],
            [5, 2],
            [9, null],
          ],
        },
      ]),
    ).toBe(5);
  });
});

describe('nearestRow', () => {
  const rows = [0, 10, 20, 50].map((at) => ({ at, values: {} }));
  it.for([
    { at: -5, row: 0, why: 'before the first is the first' },
    { at: 14, row: 10, why: 'the nearer of two' },
    { at: 16, row: 20, why: 'also upwards' },
    { at: 99, row: 50, why: 'after the last is the last' },
  ])('$why', ({ at, row }) => {
    expect(nearestRow(rows, at)?.at).toBe(row);
  });

  it('finds nothing in nothing', () => {
    expect(nearestRow([], 1)).toBeNull();
  });
});
