import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { power } from './power.ts';

it.for([
  { x: 1, y: Number.NaN, is: 1, why: '1 to anything is 1' },
  { x: -1, y: Number.POSITIVE_INFINITY, is: 1, why: 'as Go' },
  { x: Number.NaN, y: 0, is: 1, why: 'anything to 0 is 1' },
  { x: -8, y: 1 / 3, is: Number.NaN, why: 'no fractional power of a negative number' },
  { x: 2, y: 1023, is: 2 ** 1023, why: 'the largest power of two' },
  { x: 2, y: 1024, is: Number.POSITIVE_INFINITY, why: 'overflow' },
  { x: 2, y: -1074, is: 2 ** -1074, why: 'the smallest number' },
  { x: 2, y: -1080, is: 0, why: 'underflow' },
  { x: -2, y: 3, is: -8, why: 'odd powers keep the sign' },
  { x: 0, y: -1, is: Number.POSITIVE_INFINITY, why: 'pole' },
  { x: -0, y: 3, is: -0, why: 'negative zero' },
  { x: 4, y: -0.5, is: 0.5, why: 'roots' },
  { x: 1e300, y: 1e15, is: Number.POSITIVE_INFINITY, why: 'far beyond' },
  { x: 0.5, y: 1e15, is: 0, why: 'far below' },
])('$x ^ $y: $why', ({ x, y, is }) => {
  expect(power(x, y)).toBe(is);
});

it('is close to the power of JavaScript', () => {
  const float = fc.double({ min: 1e-5, max: 1e5, noNaN: true });
  fc.assert(
    fc.property(float, fc.double({ min: -60, max: 60, noNaN: true }), (x, y) => {
      const [own, other] = [power(x, y), x ** y];
      expect(own === other || Math.abs(own - other) <= Math.abs(other) * 1e-13).toBe(true);
    }),
  );
});
