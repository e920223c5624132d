import { expect, it } from 'vitest';
import { formatPrecision, thresholdOf } from './timeline-order.ts';

it.for([
  { query: 'a / b > 0.95', threshold: 0.95, why: 'a comparison at the end' },
  { query: 'up == 0', threshold: 0, why: 'equality too' },
  { query: 'a < bool 3', threshold: 3, why: 'with bool' },
  { query: 'x > 1e-3', threshold: 0.001, why: 'an exponent' },
  { query: 'a > on (x) b', threshold: null, why: 'two vectors have no threshold' },
  { query: 'a > 3 and b', threshold: null, why: 'nor has a comparison in the middle' },
])('$query: $why', ({ query, threshold }) => {
  expect(thresholdOf(query)).toBe(threshold);
});

it.for([
  { ms: 0, text: '' },
  { ms: 7500, text: '± 7.5 s' },
  { ms: 90_000, text: '± 1.5 min' },
])('$ms ms of doubt is "$text"', ({ ms, text }) => {
  expect(formatPrecision(ms)).toBe(text);
});
