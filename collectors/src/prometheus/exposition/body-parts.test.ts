import { expect, it } from 'vitest';
import { bodyParts } from './body-parts.ts';

const LINES = Array.from({ length: 9_000 }, (_, i) => `metric_of_ü{i="${i}"} ${i}\n`).join('');

function chunksOf(text: string, bytes: number): Buffer[] {
  const whole = Buffer.from(text);
  return Array.from({ length: Math.ceil(whole.length / bytes) }, (_, i) => whole.subarray(i * bytes, (i + 1) * bytes));
}

it.for([
  { text: '', bytes: 10, why: 'an empty body' },
  { text: 'a 1', bytes: 1, why: 'no line end at all' },
  { text: 'a 1\nb 2\n', bytes: 1, why: 'chunks of a byte' },
  { text: LINES, bytes: 7, why: 'chunks shorter than a line, cut inside of characters' },
  { text: LINES, bytes: 10_007, why: 'chunks shorter than a part' },
  { text: LINES, bytes: 1e9, why: 'one chunk longer than a part' },
  { text: `${LINES}${'x'.repeat(200_000)} 1\nlast 2`, bytes: 30_000, why: 'a line longer than a part, and one without an end' },
])('gives the whole text in parts that end with a line end: $why', ({ text, bytes }) => {
  const parts = [...bodyParts(chunksOf(text, bytes))];
  expect(parts.join('')).toBe(text);
  expect(parts.slice(0, -1).filter((part) => !part.endsWith('\n'))).toEqual([]);
  expect(parts.filter((part) => part === '')).toEqual([]);
});
