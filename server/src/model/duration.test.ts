import { describe, expect, it } from 'vitest';
import { formatDuration, parseDuration } from './duration.ts';

describe('parseDuration', () => {
  it.for([
    { text: '0', ms: 0, why: 'a bare zero needs no unit' },
    { text: '15s', ms: 15_000, why: 'one unit' },
    { text: '1h30m', ms: 5_400_000, why: 'units add up' },
    { text: '1d2h3m4s5ms', ms: 93_784_005, why: 'every short unit once' },
    { text: '1y', ms: 31_536_000_000, why: 'a year is 365 days' },
    { text: '5', ms: undefined, why: 'a number without a unit is not a duration' },
    { text: '1m1h', ms: undefined, why: 'units must go from large to small' },
    { text: '1m1m', ms: undefined, why: 'a unit may stand once' },
    { text: '', ms: undefined, why: 'nothing is not a duration' },
    { text: '-5m', ms: undefined, why: 'durations have no sign' },
    { text: '1.5h', ms: undefined, why: 'and no fraction' },
  ])('$text: $why', ({ text, ms }) => {
    expect(parseDuration(text)).toBe(ms);
  });
});

describe('formatDuration', () => {
  it.for([
    { ms: 0, text: '0s' },
    { ms: 5_400_000, text: '1h30m' },
    { ms: 90_000_000, text: '25h' },
    { ms: 172_800_000, text: '2d' },
    { ms: 1005, text: '1s5ms' },
  ])('$ms ms is $text', ({ ms, text }) => {
    expect(formatDuration(ms)).toBe(text);
  });
});
