import { expect, it } from 'vitest';
import { formatPrecision, thresholdOf } from './timeline-order.ts';

it.for([
  { rule: 'a / b > 0.95', measured: 'a / b', threshold: { operator: '>', value: 0.95 }, why: 'a comparison at the end' },
  { rule: 'up == 0', measured: 'up', threshold: { operator: '==', value: 0 }, why: 'equality too' },
  { rule: 'a < bool 3', measured: 'a', threshold: { operator: '<', value: 3 }, why: 'with bool' },
  { rule: 'x > 1e-3', measured: 'x', threshold: { operator: '>', value: 0.001 }, why: 'an exponent' },
  { rule: 'x > 5 and y > 7', measured: 'x', threshold: { operator: '>', value: 5 }, why: 'that of the measured side' },
  { rule: '(a + b) >= -1', measured: 'a + b', threshold: { operator: '>=', value: -1 }, why: 'around parentheses' },
  { rule: 'a > on (x) b', measured: 'a', threshold: null, why: 'two vectors have no threshold' },
  { rule: 'a > 3 * b', measured: 'a', threshold: null, why: 'a calculated limit moves' },
  { rule: 'absent(a)', measured: 'absent(a)', threshold: null, why: 'no comparison' },
])('$rule: $why', ({ rule, measured, threshold }) => {
  expect(thresholdOf(rule, measured)).toEqual(threshold);
});

it.for([
  { ms: 0, text: '' },
  { ms: 7500, text: '± 7.5 s' },
  { ms: 90_000, text: '± 1.5 min' },
])('$ms ms of doubt is "$text"', ({ ms, text }) => {
  expect(formatPrecision(ms)).toBe(text);
});
