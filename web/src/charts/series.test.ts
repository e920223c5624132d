import { describe, expect, it } from 'vitest';
import { nearestTime, newestValueAt, type Point, pointNear, timesOf, toRows, valueRange } from './series.ts';

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

describe('nearestTime', () => {
  const times = [0, 10, 20, 50];
  it.for([
    { at: -5, nearest: 0, why: 'before the first is the first' },
    { at: 14, nearest: 10, why: 'the nearer of two' },
    { at: 16, nearest: 20, why: 'also upwards' },
    { at: 20, nearest: 20, why: 'one of them is itself' },
    { at: 99, nearest: 50, why: 'after the last is the last' },
  ])('$why', ({ at, nearest }) => {
    expect(nearestTime(times, at)).toBe(nearest);
  });

  it('finds nothing in nothing', () => {
    expect(nearestTime([], 1)).toBeNull();
  });
});

describe('series with times of their own', () => {
  const points: Point[] = [
    [0, 1],
    [15, 9],
    [30, null],
    [60, 4],
    [90, 5],
  ];

  it.for([
    { at: 15, point: [15, 9], why: 'its own point' },
    { at: 6, point: [0, 1], why: 'the nearer of two, with its own time' },
    { at: 30, point: null, why: 'a gap' },
    { at: 59, point: null, why: 'a gap up to its end' },
    { at: 60, point: [60, 4], why: 'the point after a gap' },
    { at: -1, point: null, why: 'nothing before the first' },
    { at: 91, point: null, why: 'nothing after the last' },
  ])('at $at: $why', ({ at, point }) => {
    expect(pointNear(points, at)).toEqual(point);
  });

  it('share an axis of all their times', () => {
    expect(
      timesOf([
        { points },
        {
          points: [
            [7, 1],
            [15, 2],
          ],
        },
      ]),
    ).toEqual([0, 7, 15, 30, 60, 90]);
  });
});
