import { expect, it } from 'vitest';
import { assertiveDelay } from './announcer.tsx';

it.for([
  { lastAt: null, now: 5, delay: 0, why: 'the first is said at once' },
  { lastAt: 1000, now: 3000, delay: 8000, why: 'the next waits for the rest of ten seconds' },
  { lastAt: 1000, now: 11_000, delay: 0, why: 'after ten seconds it is said at once' },
])('$why', ({ lastAt, now, delay }) => {
  expect(assertiveDelay(lastAt, now)).toBe(delay);
});
