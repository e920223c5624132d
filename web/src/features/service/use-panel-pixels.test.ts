import { expect, it } from 'vitest';
import { pixelsFor } from './use-panel-pixels.ts';

it.for([
  { column: 358, pixels: 320, why: 'a phone' },
  { column: 480, pixels: 480, why: 'the narrowest of several columns' },
  { column: 690, pixels: 640, why: 'two columns on a wide screen' },
  { column: 700, pixels: 640, why: 'nearly as wide is the same, so that viewers share' },
  { column: 1400, pixels: 1920, why: 'one column on a wide screen: rather more than too few' },
  { column: 0, pixels: 240, why: 'not laid out yet' },
])('a column of $column px asks for $pixels: $why', ({ column, pixels }) => {
  expect(pixelsFor(column)).toBe(pixels);
});
