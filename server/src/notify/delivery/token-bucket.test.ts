import { expect, it } from 'vitest';
import { TokenBucket } from './token-bucket.ts';

it('lets a burst pass, then one a second, and saves no more than the burst', () => {
  const bucket = new TokenBucket({ perSecond: 1, burst: 4 }, 0);
  expect([0, 0, 0, 0].map((at) => bucket.take(at))).toEqual([0, 0, 0, 0]);
  expect(bucket.take(0)).toBe(1000);
  expect(bucket.take(400)).toBe(600);
  expect(bucket.take(1000)).toBe(0);
  expect([0, 1, 2, 3, 4].map(() => bucket.take(3_600_000))).toEqual([0, 0, 0, 0, 1000]);
});
