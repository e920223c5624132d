import { expect, it } from 'vitest';
import { zoneFormats } from './zone-formats.ts';

const at = Date.UTC(2026, 10, 22, 14, 2, 5);
const formats = zoneFormats('utc');

it.for([
  { text: formats.clock(at), expected: '14:02:05 UTC', why: 'a clock time names its zone' },
  { text: formats.full(at), expected: '22 Nov 2026, 14:02:05 UTC', why: 'a full time has its year and zone' },
  { text: formats.brief(at, at + 60_000), expected: '14:02:05', why: 'today needs no date' },
  { text: formats.brief(at, at + 86_400_000), expected: '22 Nov, 14:02:05', why: 'another day does' },
  { text: formats.tick(at, 60_000), expected: '14:02:05', why: 'short charts show seconds' },
  { text: formats.tick(at, 3_600_000), expected: '14:02', why: 'an hour shows minutes' },
  { text: formats.tick(at, 7 * 86_400_000), expected: '22 Nov', why: 'a week shows days' },
  { text: formats.tick(Date.UTC(2026, 10, 22), 86_400_000), expected: '22 Nov', why: 'midnight shows the new day' },
])('$why', ({ text, expected }) => {
  expect(text).toBe(expected);
});
