import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ABSENT } from '../../model/sample.ts';
import type { AggregateOperator } from '../ast.ts';
import { type Accumulator, accumulatorOf } from './accumulators.ts';
import { mergeState } from './merge-state.ts';
import { RowTarget } from './row-source.ts';

const STEPS = 3;
const finite = fc.oneof(
  { weight: 6, arbitrary: fc.double({ min: -1e6, max: 1e6, noNaN: true }) },
  { weight: 2, arbitrary: fc.constantFrom(0, -0, 1e15, -1e15, 1e-9, 1e30, -1e30) },
  { weight: 2, arbitrary: fc.constant(ABSENT) },
);
const anything = fc.oneof(
  { weight: 9, arbitrary: finite },
  { weight: 1, arbitrary: fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY) },
);
/** So large that sums of them have no room. */
const huge = fc.oneof(fc.double({ min: 1e307, max: 1.7e308, noNaN: true }), fc.constant(ABSENT));

function accumulated(op: AggregateOperator, rows: readonly (readonly number[])[]): Accumulator {
  const accumulator = accumulatorOf(op, STEPS);
  if (accumulator === undefined) {
    throw new TypeError(op);
  }
  for (const row of rows) {
    const target = new RowTarget(Float64Array.from(row));
    target.endStep = STEPS;
    accumulator.add(target, 0);
  }
  return accumulator;
}

function merged(op: AggregateOperator, parts: readonly (readonly (readonly number[])[])[]): Float64Array {
  const all = accumulated(op, []);
  for (const part of parts) {
    const from = accumulated(op, part).state ?? [];
    mergeState(op, { from, to: all.state ?? [] }, { from: 0, to: 0, steps: STEPS });
  }
  return all.finish();
}

/** What a compensated sum forgets lies two times as deep as a double reaches, seen from the largest of its points. */
function isClose(a: number, b: number, largest: number): boolean {
  return Object.is(a, b) || a === b || Math.abs(a - b) <= 1e-12 * Math.abs(b) + 1e-29 * largest;
}

describe('merged states', () => {
  it.for([
    { op: 'sum', point: anything, isExact: false, why: 'any points' },
    { op: 'avg', point: anything, isExact: false, why: 'any points' },
    { op: 'avg', point: huge, isExact: false, why: 'points whose sum is infinite' },
    { op: 'min', point: anything, isExact: true, why: 'any points' },
    { op: 'max', point: anything, isExact: true, why: 'any points' },
    { op: 'count', point: anything, isExact: true, why: 'any points' },
    { op: 'group', point: anything, isExact: true, why: 'any points' },
  ] as const)('of $op are that of all rows: $why', ({ op, point, isExact }) => {
    const row = fc.array(point, { minLength: STEPS, maxLength: STEPS });
    fc.assert(
      fc.property(fc.array(fc.array(row, { maxLength: 6 }), { minLength: 1, maxLength: 4 }), (parts) => {
        const whole = accumulated(op, parts.flat()).finish();
        const found = merged(op, parts);
        const sizes = parts.flat(2).map(Math.abs);
        const largest = Math.max(0, ...sizes.filter(Number.isFinite));
        const isRight = (value: number, step: number): boolean =>
          isExact ? Object.is(value, whole[step]) : isClose(value, whole[step] ?? 0, largest);
        expect(found.every(isRight), `${found} instead of ${whole}`).toBe(true);
      }),
      { numRuns: 2_000 },
    );
  });
});
