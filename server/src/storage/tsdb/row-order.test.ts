import { describe, expect, it } from 'vitest';
import { byTime } from './row-order.ts';

describe('rows of a request by time', () => {
  it.for([
    { times: [], order: undefined, why: 'nothing is in order' },
    { times: [5, 5, 6], order: undefined, why: 'time by time is how they are wanted' },
    {
      times: [1, 2, 3, 1, 2, 3],
      order: [0, 3, 1, 4, 2, 5],
      why: 'series by series becomes time by time, series in the order they came',
    },
    { times: [30, -4, 2.5, 30], order: [1, 2, 0, 3], why: 'times are compared as numbers' },
  ])('$times: $why', ({ times, order }) => {
    const rows = { timestampAt: (row: number) => times[row] ?? 0 };
    const found = byTime(rows, 0, times.length);
    expect(found === undefined ? undefined : [...found]).toEqual(order);
  });

  it('looks at the rows of one request only', () => {
    const times = [9, 3, 1, 2, 0];
    expect(byTime({ timestampAt: (row) => times[row] ?? 0 }, 1, 4)).toEqual(Uint32Array.of(2, 3, 1));
  });
});
