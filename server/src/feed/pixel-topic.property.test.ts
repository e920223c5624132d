import { dropPointsBefore, splicePoints } from '@tila/contract/panel-points.ts';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Labels } from '../model/labels.ts';
import { ABSENT } from '../model/sample.ts';
import type { EvaluationRange, QueryResult } from '../promql/engine.ts';
import type { PanelSeries } from '../standing-queries/panel-result.ts';
import { PixelColumns } from '../standing-queries/pixel-columns.ts';
import { type Delta, KeyedTopic } from './keyed-topic.ts';

const STEP = 1000;
const GRID = { rangeMs: 30 * STEP, stepMs: STEP, pixels: 7 };
const NAMES = ['a', 'b', 'c'];

/** Of each series the values of a few steps, null where there is none; how far the end moves; how many steps before it are evaluated again. */
const evaluation = fc.record({
  advance: fc.oneof(
    { weight: 8, arbitrary: fc.integer({ min: 0, max: 3 }) },
    { weight: 1, arbitrary: fc.integer({ min: 4, max: 50 }) },
  ),
  again: fc.oneof({ weight: 8, arbitrary: fc.integer({ min: 0, max: 4 }) }, { weight: 1, arbitrary: fc.constant(40) }),
  rows: fc.array(
    fc.array(
      fc.oneof(
        { weight: 5, arbitrary: fc.integer({ min: -3, max: 3 }) },
        { weight: 2, arbitrary: fc.constantFrom(ABSENT, Number.NaN) },
      ),
      {
        minLength: 60,
        maxLength: 60,
      },
    ),
    { minLength: 0, maxLength: NAMES.length },
  ),
  isCut: fc.boolean(),
});
type Evaluation = typeof evaluation extends fc.Arbitrary<infer Value> ? Value : never;

function resultOf(rows: Evaluation['rows'], steps: number): QueryResult {
  const series = rows.map((row, index) => {
    const labels = Labels.from({ __name__: NAMES[index] ?? '' });
    return { labels, values: Float64Array.from({ length: steps }, (_, step) => row[step % row.length] ?? ABSENT) };
  });
  const present = series.filter(({ values }) => values.some((value) => value !== ABSENT));
  return { kind: 'vector', series: present, annotations: { warnings: [], infos: [] } };
}

/** The newest evaluation of every step: what a result made at once would be made of. */
class Steps {
  readonly #values = NAMES.map(() => new Map<number, number>());

  write(result: QueryResult, { startMs, endMs, stepMs }: EvaluationRange): void {
    const rows = new Map(result.kind === 'vector' ? result.series.map(({ labels, values }) => [labels.metricName, values]) : []);
    for (const [index, name] of NAMES.entries()) {
      for (let at = startMs; at <= endMs; at += stepMs) {
        this.#values[index]?.set(at, rows.get(name)?.[(at - startMs) / stepMs] ?? ABSENT);
      }
    }
  }

  rows(startMs: number, endMs: number): number[][] {
    const steps = (endMs - startMs) / STEP + 1;
    return this.#values.map((values) => Array.from({ length: steps }, (_, step) => values.get(startMs + step * STEP) ?? ABSENT));
  }
}

function atOnce(steps: Steps, endMs: number): Record<string, PanelSeries> {
  const columns = new PixelColumns(GRID);
  const startMs = columns.windowStart(endMs);
  const rows = steps.rows(startMs, endMs);
  columns.merge(resultOf(rows, (endMs - startMs) / STEP + 1), { startMs, endMs, stepMs: STEP }, startMs);
  return columns.snapshot();
}

/** What a browser makes of a delta. */
function apply(items: ReadonlyMap<string, PanelSeries>, delta: Delta<PanelSeries>): Map<string, PanelSeries> {
  const kept = [...items, ...Object.entries(delta.set)].filter(([key]) => !delta.remove.includes(key));
  return new Map(
    kept.map(([key, series]) => {
      const splice = delta.splice?.[key];
      const points = splice === undefined ? series.points : splicePoints(series.points, splice);
      return [key, { ...series, points: delta.dropBefore === undefined ? points : dropPointsBefore(points, delta.dropBefore) }];
    }),
  );
}

function topicOf(items: Readonly<Record<string, PanelSeries>>): KeyedTopic<PanelSeries> {
  const topic = new KeyedTopic<PanelSeries>({
    splice: (series, splice) => ({ ...series, points: splicePoints(series.points, splice) }),
    drop: (series, before) => ({ ...series, points: dropPointsBefore(series.points, before) }),
  });
  topic.start(items);
  return topic;
}

it('deltas applied to an old snapshot equal a fresh snapshot, and that one equals a result made at once', () => {
  fc.assert(
    fc.property(fc.array(evaluation, { minLength: 1, maxLength: 25 }), (evaluations) => {
      const columns = new PixelColumns(GRID);
      const steps = new Steps();
      const topic = topicOf({});
      let seen: ReadonlyMap<string, PanelSeries> = new Map();
      let seq = topic.seq;
      let endMs = 1_000_000;
      for (const { advance, again, rows, isCut } of evaluations) {
        const before = endMs;
        endMs += advance * STEP;
        const startMs = Math.max(Math.min(before + STEP, endMs) - again * STEP, columns.windowStart(endMs));
        const part: EvaluationRange = { startMs, endMs, stepMs: STEP };
        const result = resultOf(rows, (endMs - startMs) / STEP + 1);
        const update = columns.merge(result, part, columns.windowStart(endMs));
        steps.write(result, part);
        expect(columns.snapshot()).toEqual(atOnce(steps, endMs));
        topic.stage(update ?? {});
        if (isCut) {
          topic.cut();
          for (const delta of topic.since(seq) ?? []) {
            seen = apply(seen, delta);
          }
          seq = topic.seq;
          expect(Object.fromEntries(seen)).toEqual(columns.snapshot());
        }
        expect(topic.snapshot()).toEqual(columns.snapshot());
      }
    }),
    { numRuns: 500 },
  );
});
