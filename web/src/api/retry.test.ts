import { expect, it } from 'vitest';
import { ApiError } from './client.ts';
import { retryDelay, shouldRetry } from './retry.ts';

it.for([
  { failures: 0, status: 0, retry: true, why: 'no answer may come later' },
  { failures: 0, status: 503, retry: true, why: 'a busy server recovers' },
  { failures: 0, status: 429, retry: true, why: 'too many requests passes' },
  { failures: 0, status: 404, retry: false, why: 'what does not exist will not appear' },
  { failures: 0, status: 401, retry: false, why: 'signing in is not retrying' },
  { failures: 3, status: 503, retry: false, why: 'three times is enough' },
])('$why', ({ failures, status, retry }) => {
  expect(shouldRetry(failures, new ApiError(status, 'x'))).toBe(retry);
});

it('doubles the pause, spreads it, and caps it', () => {
  expect([retryDelay(0, 0), retryDelay(0, 1), retryDelay(1, 1), retryDelay(9, 1)]).toEqual([250, 500, 1000, 10_000]);
});
