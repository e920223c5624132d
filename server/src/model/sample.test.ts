import { describe, expect, it } from 'vitest';
import { ABSENT, isStale, STALE } from './sample.ts';

describe('the staleness marker', () => {
  it('is one number in the store and in evaluated columns', () => {
    expect(ABSENT).toBe(STALE);
  });

  it('survives typed arrays and is told from NaN and zero', () => {
    const column = Float64Array.of(STALE, Number.NaN, 0);
    expect([...column].map(isStale)).toEqual([true, false, false]);
  });
});
