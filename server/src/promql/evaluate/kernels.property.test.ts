import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Labels } from '../../model/labels.ts';
import { ABSENT, STALE } from '../../model/sample.ts';
import type { SeriesSamples } from '../../model/series-store.ts';
import { MemorySeries } from '../conformance/memory-series.ts';
import { PromqlEngine } from '../engine.ts';
import { windowFunction } from '../functions/functions.ts';
import { KahanMean, KahanSum } from './kahan.ts';

/** Hands out whole columns, so that series of one target share their timestamps as the store's series do. */
class Columns extends MemorySeries {
  readonly #all: readonly SeriesSamples[];

  constructor(all: readonly SeriesSamples[]) {
    super();
    this.#all = all;
  }

  override async select(): Promise<readonly SeriesSamples[]> {
    return this.#all;
  }
}

const value = fc.oneof(
  { weight: 12, arbitrary: fc.integer({ min: 0, max: 40 }) },
  { weight: 6, arbitrary: fc.double({ min: -1e3, max: 1e3, noNaN: true }) },
  { weight: 2, arbitrary: fc.constantFrom(0, 0, 1e15, -1e15, 1e-9, 1e30, -1e30, 1.7e308) },
  { weight: 2, arbitrary: fc.constant(STALE) },
  { weight: 1, arbitrary: fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY) },
);
const ordinary = fc.oneof(fc.integer({ min: 0, max: 1000 }), fc.double({ min: -1, max: 1, noNaN: true }));
// Finite, but so different in size that a running sum loses the small values.
const lopsided = fc.oneof(
  { weight: 9, arbitrary: ordinary },
  { weight: 1, arbitrary: fc.constantFrom(1e17, -1e17, 1e30, -1e30, 1e40) },
);
const length = 60;
const column = fc.oneof(
  fc.array(value, { minLength: length, maxLength: length }),
  fc.array(ordinary, { minLength: length, maxLength: length }),
  fc.array(lopsided, { minLength: length, maxLength: length }),
);
/** Milliseconds from sample to sample, with gaps now and then. */
const spacing = fc.oneof(
  { weight: 9, arbitrary: fc.integer({ min: 13_000, max: 17_000 }) },
  { weight: 1, arbitrary: fc.integer({ min: 100_000, max: 400_000 }) },
);
const target = fc
  .record({
    spacings: fc.array(spacing, { minLength: length, maxLength: length }),
    columns: fc.array(column, { minLength: 1, maxLength: 3 }),
  })
  .map(({ spacings, columns }) => {
    let timeMs = 0;
    const timestamps = Float64Array.from(spacings, (ms) => (timeMs += ms));
    return columns.map((values) => ({ timestamps, values: Float64Array.from(values) }));
  });
/** As a store gives values that lie somewhere in a larger array: what lies around them must not be looked at. */
function located(values: Float64Array): Pick<SeriesSamples, 'locate'> {
  const larger = Float64Array.of(1e9, -1e9, 7, ...values, -5, 1e12);
  return {
    locate: (view) => {
      view.values = larger;
      view.at = 3;
    },
  };
}

const estate = fc.array(target, { minLength: 1, maxLength: 3 }).map((targets) =>
  targets.flat().map(
    ({ timestamps, values }, i): SeriesSamples => ({
      labels: Labels.from({ __name__: 'm_total', i: String(i), g: String(i % 2) }),
      // Equal views of one list count as the same list, too.
      timestamps: i % 2 === 0 ? timestamps : timestamps.subarray(0, timestamps.length),
      values,
      ...(i % 3 === 1 && located(values)),
    }),
  ),
);
const grid = fc.record({
  startMs: fc.integer({ min: 0, max: 300_000 }),
  stepMs: fc.constantFrom(5_000, 15_000, 61_000, 500_000),
  steps: fc.integer({ min: 1, max: 60 }),
});

type Grid = { readonly startMs: number; readonly stepMs: number; readonly steps: number };

async function evaluate(series: readonly SeriesSamples[], text: string, { startMs, stepMs, steps }: Grid) {
  const engine = new PromqlEngine({ reader: new Columns(series) });
  const result = await engine.evaluate(text, { startMs, stepMs, endMs: startMs + (steps - 1) * stepMs });
  return new Map(result.kind === 'vector' ? result.series.map((found) => [found.labels.key, found.values] as const) : []);
}

/** What the function's definition gives at one time. */
function defined(
  name: string,
  series: SeriesSamples,
  at: { readonly endMs: number; readonly rangeMs: number; readonly scalars: number[] },
) {
  const { endMs, rangeMs, scalars } = at;
  const inside = [...series.timestamps.keys()].filter((i) => {
    const timeMs = series.timestamps[i] ?? 0;
    return timeMs > endMs - rangeMs && timeMs <= endMs && series.values[i] !== STALE;
  });
  if (inside.length === 0) {
    return ABSENT;
  }
  return windowFunction(name)?.evaluate({
    timestamps: Float64Array.from(inside, (i) => series.timestamps[i] ?? 0),
    values: Float64Array.from(inside, (i) => series.values[i] ?? 0),
    from: 0,
    to: inside.length,
    rangeStartMs: endMs - rangeMs,
    rangeEndMs: endMs,
    evaluationMs: endMs,
    rangeMs,
    seriesHasDrops: true,
    scalars,
  });
}

function isClose(actual: number, expected: number): boolean {
  return Object.is(actual, expected) || actual === expected || Math.abs(actual - expected) <= 1e-12 * Math.abs(expected);
}

/** The scalar arguments of functions that take some. */
const ARGUMENTS: Readonly<Record<string, { before?: string; behind?: string; scalars: number[] }>> = {
  quantile_over_time: { before: '0.3, ', scalars: [0.3] },
  predict_linear: { behind: ', 60', scalars: [60] },
};

const FUNCTIONS = [
  'rate',
  'increase',
  'delta',
  'irate',
  'idelta',
  'resets',
  'changes',
  'sum_over_time',
  'avg_over_time',
  'min_over_time',
  'max_over_time',
  'count_over_time',
  'stddev_over_time',
  'stdvar_over_time',
  'quantile_over_time',
  'last_over_time',
  'deriv',
  'predict_linear',
];

describe('the kernel of a range function', () => {
  it.for(FUNCTIONS.map((name) => ({ name })))('$name gives what the definition gives for each window', async ({ name }) => {
    await fc.assert(
      fc.asyncProperty(estate, grid, fc.constantFrom(30_000, 100_000, 300_000, 600_000), async (series, over, rangeMs) => {
        const { before = '', behind = '', scalars = [] } = ARGUMENTS[name] ?? {};
        const found = await evaluate(series, `${name}(${before}m_total[${rangeMs}ms]${behind})`, over);
        for (const one of series) {
          const key = (name === 'last_over_time' ? one.labels : one.labels.withoutMetricName()).key;
          for (let step = 0; step < over.steps; step += 1) {
            const endMs = over.startMs + step * over.stepMs;
            const expected = defined(name, one, { endMs, rangeMs, scalars });
            const actual = found.get(key)?.[step] ?? ABSENT;
            const isRunning = name === 'sum_over_time' || name === 'avg_over_time';
            const isRight = isRunning ? isClose(actual, expected ?? ABSENT) : actual === expected || Object.is(actual, expected);
            expect(isRight, `${name} at step ${step}: ${actual}, defined ${expected}`).toBe(true);
          }
        }
      }),
      { numRuns: 60 },
    );
  });
});

const sorted = (points: readonly number[]): number[] =>
  points.toSorted((a, b) => (Number.isNaN(a) || Number.isNaN(b) ? Number(Number.isNaN(b)) - Number(Number.isNaN(a)) : a - b));

/** Aggregations by their definitions. */
const AGGREGATIONS: Readonly<Record<string, (points: readonly number[]) => number>> = {
  sum: ([first = 0, ...rest]) => {
    const total = new KahanSum(first);
    for (const point of rest) {
      total.add(point);
    }
    return total.value;
  },
  avg: (points) => {
    const mean = new KahanMean();
    for (const point of points) {
      mean.add(point);
    }
    return mean.value;
  },
  min: (points) => points.reduce((least, point) => (least > point || Number.isNaN(least) ? point : least)),
  max: (points) => points.reduce((most, point) => (most < point || Number.isNaN(most) ? point : most)),
  count: (points) => points.length,
  group: () => 1,
  quantile: (points) => {
    const rank = 0.3 * (points.length - 1);
    const at = (index: number): number => sorted(points)[Math.min(index, points.length - 1)] ?? Number.NaN;
    const weight = rank - Math.floor(rank);
    return at(Math.floor(rank)) * (1 - weight) + at(Math.floor(rank) + 1) * weight;
  },
};

describe('an aggregation', () => {
  it.for(Object.keys(AGGREGATIONS).map((name) => ({ name })))(
    '$name by label gives what its definition gives',
    async ({ name }) => {
      await fc.assert(
        fc.asyncProperty(estate, grid, async (series, over) => {
          const found = await evaluate(series, `${name} by (g) (${name === 'quantile' ? '0.3, ' : ''}m_total)`, over);
          const selected = await evaluate(series, 'm_total', over);
          for (const g of ['0', '1']) {
            const members = series.filter(({ labels }) => labels.get('g') === g);
            for (let step = 0; step < over.steps; step += 1) {
              const all = members.map(({ labels }) => selected.get(labels.key)?.[step] ?? ABSENT);
              const points = all.filter((point) => point !== ABSENT);
              const expected = points.length === 0 ? ABSENT : AGGREGATIONS[name]?.(points);
              expect(found.get(Labels.from({ g }).key)?.[step] ?? ABSENT).toBe(expected);
            }
          }
        }),
        { numRuns: 60 },
      );
    },
  );
});
