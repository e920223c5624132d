import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ABSENT } from '../model/sample.ts';
import { downsample } from './downsample.ts';

const value = fc.oneof(
  { weight: 6, arbitrary: fc.double({ min: -100, max: 100, noNaN: true }) },
  { weight: 2, arbitrary: fc.constant(ABSENT) },
  { weight: 1, arbitrary: fc.constantFrom(0, -0, 1, Infinity, -Infinity, Number.NaN) },
);
const row = fc.array(value, { maxLength: 300 }).map((values) => Float64Array.from(values));

const isPoint = (each: number | undefined): each is number => each !== undefined && each !== ABSENT;

/** The steps of each pixel column. */
function columnsOf(row: Float64Array, pixels: number): number[][] {
  const columns = Math.max(1, Math.min(pixels, row.length));
  const steps = [...row.keys()];
  return [...Map.groupBy(steps, (step) => Math.floor((step * columns) / row.length)).values()];
}

const numbersAt = (steps: readonly number[], row: Float64Array): number[] =>
  steps.map((step) => row[step] ?? ABSENT).filter((each) => isPoint(each) && !Number.isNaN(each));

describe('downsample', () => {
  it('never makes up a point, and keeps the order', () => {
    fc.assert(
      fc.property(row, fc.integer({ min: 1, max: 400 }), (row, pixels) => {
        const { steps, values } = downsample(row, pixels);
        expect(Array.from(values)).toEqual(Array.from(steps, (step) => row[step]));
        expect(Array.from(steps)).toEqual([...new Set(steps)].sort((a, b) => a - b));
      }),
    );
  });

  it('keeps first, last, lowest and highest of every pixel column, and no more', () => {
    fc.assert(
      fc.property(row, fc.integer({ min: 1, max: 60 }), (row, pixels) => {
        const chosen = new Set(downsample(row, pixels).steps);
        for (const steps of columnsOf(row, pixels)) {
          const present = steps.filter((step) => isPoint(row[step]));
          const kept = present.filter((step) => chosen.has(step));
          expect(kept.length).toBeLessThanOrEqual(4);
          expect([kept.at(0), kept.at(-1)]).toEqual([present.at(0), present.at(-1)]);
          expect(Math.min(...numbersAt(kept, row))).toBe(Math.min(...numbersAt(present, row)));
          expect(Math.max(...numbersAt(kept, row))).toBe(Math.max(...numbersAt(present, row)));
        }
      }),
    );
  });

  it('has a gap between two points exactly where a step between them has none', () => {
    fc.assert(
      fc.property(row, fc.integer({ min: 1, max: 60 }), (row, pixels) => {
        const { steps, values } = downsample(row, pixels);
        const points = [...steps.keys()].filter((i) => isPoint(values[i]));
        for (const [n, i] of points.entries()) {
          const next = points[n + 1];
          if (next !== undefined) {
            const between = row.subarray((steps[i] ?? 0) + 1, steps[next]);
            expect(next - i).toBe(between.includes(ABSENT) ? 2 : 1);
          }
        }
        expect([values[0], values.at(-1)]).not.toContain(ABSENT);
      }),
    );
  });

  it.for([
    { why: 'as many steps as pixels', row: [3, 1, 2], pixels: 3, steps: [0, 1, 2] },
    { why: 'fewer steps than pixels', row: [3, ABSENT, 2], pixels: 9, steps: [0, 1, 2] },
    { why: 'a spike among many', row: [1, 1, 1, 9, 1, 0, 1, 1], pixels: 1, steps: [0, 3, 5, 7] },
    { why: 'no point at all', row: [ABSENT, ABSENT], pixels: 1, steps: [] },
    { why: 'nothing', row: [], pixels: 5, steps: [] },
  ])('chooses of $why', ({ row, pixels, steps }) => {
    expect(Array.from(downsample(Float64Array.from(row), pixels).steps)).toEqual(steps);
  });
});
