import { expect, it } from 'vitest';
import { formatValue, unitOf } from './units.ts';

it.for([
  { value: 0.1234, unit: 'ratio', text: '12.3 %', why: 'a ratio reads as percent' },
  { value: 99.95, unit: 'percent', text: '100 %', why: 'percent rounds to three digits' },
  { value: 0, unit: 'seconds', text: '0 s', why: 'zero seconds are seconds' },
  { value: 0.18, unit: 'seconds', text: '180 ms', why: 'short times are milliseconds' },
  { value: 2.4, unit: 'seconds', text: '2.4 s', why: 'seconds stay seconds' },
  { value: 5400, unit: 'seconds', text: '1.5 h', why: 'long times are hours' },
  { value: 0.000_25, unit: 'seconds', text: '250 µs', why: 'very short times are microseconds' },
  { value: 1536, unit: 'bytes', text: '1.5 KiB', why: 'bytes are binary' },
  { value: 1_500_000, unit: 'bytes/s', text: '1.43 MiB/s', why: 'byte rates too' },
  { value: 1500, unit: 'ops/s', text: '1.5 k/s', why: 'rates are decimal' },
  { value: 42, unit: 'ops/s', text: '42/s', why: 'a small rate has no prefix' },
  { value: -2_000_000, unit: 'short', text: '-2 M', why: 'negative values scale by size' },
  { value: null, unit: 'short', text: 'no data', why: 'nothing is not zero' },
  { value: Number.NaN, unit: 'bytes', text: 'no data', why: 'NaN is not zero' },
  { value: Number.POSITIVE_INFINITY, unit: 'count', text: '∞', why: 'infinity has a sign of its own' },
  { value: 0.0001, unit: 'short', text: '1.0e-4', why: 'tiny values are not rounded to zero' },
] as const)('$why', ({ value, unit, text }) => {
  expect(formatValue(value, unit)).toBe(text);
});

it('treats an unknown unit as plain numbers', () => {
  expect(unitOf('bananas')).toBe('short');
  expect(unitOf('bytes')).toBe('bytes');
});
