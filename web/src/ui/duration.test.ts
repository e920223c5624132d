import { describe, expect, it } from 'vitest';
import { formatAge, formatDuration, formatStep } from './duration.ts';

describe('formatDuration', () => {
  it.for([
    { ms: -5, text: '0 s', why: 'a clock ahead of ours is not a negative age' },
    { ms: 4200, text: '4 s', why: 'seconds are cut, not rounded up' },
    { ms: 59_999, text: '59 s', why: 'never 60 s' },
    { ms: 200_000, text: '3 min 20 s', why: 'short minutes keep their seconds' },
    { ms: 660_000, text: '11 min', why: 'from ten minutes on seconds are noise' },
    { ms: 8_040_000, text: '2 h 14 min', why: 'hours keep minutes' },
    { ms: 7_200_000, text: '2 h', why: 'a zero second unit is left out' },
    { ms: 442_800_000, text: '5 d 3 h', why: 'days keep hours' },
  ])('$why', ({ ms, text }) => {
    expect(formatDuration(ms)).toBe(text);
  });

  it('has a one-unit form for tight places', () => {
    expect(formatAge(8_040_000)).toBe('2 h');
  });

  it.for([
    { ms: 500, text: '500 ms' },
    { ms: 15_000, text: '15 s' },
    { ms: 90_000, text: '1 min 30 s' },
  ])('a step of $ms ms is $text', ({ ms, text }) => {
    expect(formatStep(ms)).toBe(text);
  });
});
