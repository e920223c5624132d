import { describe, expect, it } from 'vitest';
import { backoffMs, parseRetryAfter } from './retry.ts';

describe('backoffMs', () => {
  it.for([
    { attempt: 1, fraction: 0, expected: 100, why: 'never quite zero' },
    { attempt: 1, fraction: 0.5, expected: 600, why: 'within the first second' },
    { attempt: 4, fraction: 0.5, expected: 4100, why: 'doubles' },
    { attempt: 50, fraction: 0.999, expected: 60_040, why: 'capped at a minute' },
  ])('$why', ({ attempt, fraction, expected }) => {
    expect(backoffMs(attempt, fraction)).toBe(expected);
  });
});

describe('parseRetryAfter', () => {
  const now = Date.parse('2026-11-22T14:00:00Z');
  it.for([
    { header: '7', expected: 7000, why: 'seconds' },
    { header: 'Sun, 22 Nov 2026 14:00:30 GMT', expected: 30_000, why: 'a date' },
    { header: 'Sun, 22 Nov 2026 13:00:00 GMT', expected: 0, why: 'a date in the past is now' },
    { header: 'soon', expected: undefined, why: 'nonsense' },
    { header: null, expected: undefined, why: 'absent' },
  ])('$why', ({ header, expected }) => {
    expect(parseRetryAfter(header, now)).toBe(expected);
  });
});
