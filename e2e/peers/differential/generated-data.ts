import { Labels } from '../../../server/src/model/labels.ts';
import { STALE } from '../../../server/src/model/sample.ts';
import type { SampleRows } from '../../../server/src/model/series-store.ts';
import type { Random } from './random.ts';

const STEP_MS = 15_000;
export const DATA_MINUTES = 40;
const STEPS = (DATA_MINUTES * 60_000) / STEP_MS;
const STEPS_A_BATCH = 20;

const JOBS = ['api', 'web', 'db'];
const INSTANCES = ['a:1', 'b:1', 'c:1'];
const BOUNDS = ['0.1', '0.5', '1', '2.5', '10', '+Inf'];

/** A value a step: STALE ends the series for now, `undefined` is a scrape that did not happen. */
type Values = readonly (number | undefined)[];

interface Series {
  readonly labels: Labels;
  readonly values: Values;
  /** How far its scrapes are from whole steps. */
  readonly phaseMs: number;
}

/**
 * Counters with resets, gauges with NaN, infinities, huge and tiny values, classic histograms, metrics to join with, series
 * that come and go, gaps and staleness markers: what queries can stumble over. In batches, oldest first.
 */
export function generateData(random: Random, startMs: number): SampleRows[] {
  const series = [...counters(random), ...gauges(random), ...histograms(random), ...joinMetrics(random), ...ratherEmpty(random)];
  const batches: SampleRows[] = [];
  for (let first = 0; first < STEPS; first += STEPS_A_BATCH) {
    batches.push(batchOf(series, { startMs, first, last: Math.min(first + STEPS_A_BATCH, STEPS) }));
  }
  return batches;
}

function batchOf(all: readonly Series[], span: { startMs: number; first: number; last: number }): SampleRows {
  const labels: Labels[] = [];
  const timestamps: number[] = [];
  const values: number[] = [];
  for (const series of all) {
    for (let step = span.first; step < span.last; step += 1) {
      const value = series.values[step];
      if (value !== undefined) {
        labels.push(series.labels);
        timestamps.push(span.startMs + step * STEP_MS + series.phaseMs);
        values.push(value);
      }
    }
  }
  return { labels, timestamps, values };
}

function targets(): { job: string; instance: string }[] {
  return JOBS.flatMap((job) => INSTANCES.map((instance) => ({ job, instance })));
}

function make(random: Random, labels: Readonly<Record<string, string>>, values: (number | undefined)[]): Series {
  return { labels: Labels.from(labels), values: interrupted(random, values), phaseMs: random.pick([0, 0, 0, 1, 137, 4999]) };
}

/** Makes gaps, late starts and early ends, some of them with a staleness marker. */
function interrupted(random: Random, values: (number | undefined)[]): Values {
  const from = random.chance(0.15) ? random.integer(1, STEPS / 2) : 0;
  const to = random.chance(0.15) ? random.integer(STEPS / 2, STEPS - 2) : STEPS;
  const gapFrom = random.chance(0.3) ? random.integer(0, STEPS - 1) : STEPS;
  const gapTo = gapFrom + random.integer(1, 40);
  const isMarked = random.chance(0.6);
  return values.map((value, step) => {
    if (step === to || step === gapFrom) {
      return isMarked ? STALE : undefined;
    }
    return step < from || step > to || (step > gapFrom && step < gapTo) || random.chance(0.01) ? undefined : value;
  });
}

function counter(random: Random, most: number, resets = 0.01): number[] {
  let value = random.integer(0, 1000);
  const isWhole = random.chance(0.5);
  return Array.from({ length: STEPS }, () => {
    value = random.chance(resets) ? 0 : value + (isWhole ? random.integer(0, most) : random.next() * most);
    return value;
  });
}

function counters(random: Random): Series[] {
  return targets().flatMap(({ job, instance }) =>
    ['200', '404', '500'].map((code) =>
      make(random, { __name__: 'requests_total', job, instance, code }, counter(random, code === '200' ? 200 : 3)),
    ),
  );
}

function gauges(random: Random): Series[] {
  const zones = ['north', 'south', ''];
  const wild = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 1e300, -1e300, 1e-300, 0, -0, 2 ** 53];
  const plain = (): number => Math.round((random.next() * 200 - 100) * 1000) / 1000;
  return targets().flatMap(({ job, instance }) => [
    make(random, { __name__: 'temperature', job, instance, zone: random.pick(zones) }, Array.from({ length: STEPS }, plain)),
    make(
      random,
      { __name__: 'wild', job, instance },
      Array.from({ length: STEPS }, () => (random.chance(0.1) ? random.pick(wild) : plain())),
    ),
    make(
      random,
      { __name__: 'queue_length', job, instance },
      Array.from({ length: STEPS }, () => random.integer(0, 5)),
    ),
  ]);
}

function histograms(random: Random): Series[] {
  return targets()
    .slice(0, 5)
    .flatMap(({ job, instance }) => {
      const perBucket = BOUNDS.map(() => counter(random, 20, 0));
      const cumulative = perBucket.map((_, bound) =>
        Array.from({ length: STEPS }, (_unused, step) =>
          perBucket.slice(0, bound + 1).reduce((sum, values) => sum + Math.floor(values[step] ?? 0), 0),
        ),
      );
      const buckets = cumulative.map((values, bound) =>
        make(random, { __name__: 'latency_seconds_bucket', job, instance, le: BOUNDS[bound] ?? '' }, values),
      );
      const observations = cumulative.at(-1) ?? [];
      return [
        ...buckets,
        make(random, { __name__: 'latency_seconds_count', job, instance }, [...observations]),
        make(
          random,
          { __name__: 'latency_seconds_sum', job, instance },
          observations.map((count) => count * 0.7),
        ),
      ];
    });
}

/** One side of joins: `limit` per target, `capacity` per job, `build_info` whose version changes. */
function joinMetrics(random: Random): Series[] {
  const change = random.integer(STEPS / 4, (STEPS * 3) / 4);
  const constant = (value: number, keep: (step: number) => boolean = () => true): (number | undefined)[] =>
    Array.from({ length: STEPS }, (_, step) => (keep(step) ? value : undefined));
  return [
    ...targets().flatMap(({ job, instance }) => [
      make(random, { __name__: 'limit', job, instance }, constant(random.integer(1, 10))),
      make(
        random,
        { __name__: 'build_info', job, instance, version: '1' },
        constant(1, (step) => step < change),
      ),
      make(
        random,
        { __name__: 'build_info', job, instance, version: '2' },
        constant(1, (step) => step >= change),
      ),
    ]),
    ...JOBS.map((job) =>
      make(random, { __name__: 'capacity', job, tier: random.pick(['gold', 'tin']) }, constant(random.integer(10, 99))),
    ),
  ];
}

/** Series with a sample now and then. */
function ratherEmpty(random: Random): Series[] {
  return JOBS.map((job) =>
    make(
      random,
      { __name__: 'sparse', job },
      Array.from({ length: STEPS }, (_, step) => (step % 28 === 0 ? random.integer(0, 9) : undefined)),
    ),
  );
}
