import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Labels } from '../model/labels.ts';
import { MemorySeries } from '../promql/conformance/memory-series.ts';
import { type EvaluationRange, PromqlEngine } from '../promql/engine.ts';
import { QueryQueueFullError } from '../query-workers/query-runner.ts';
import { silentLogger } from '../runtime/logger.ts';
import { ManualClock } from '../runtime/manual-clock.fake.ts';
import type { PanelPoint, PanelUpdate } from './panel-result.ts';
import { StandingQueries } from './standing-queries.ts';

const STEP = 15_000;
const DAY = 86_400_000;
const NOW = 2 * DAY;
const LOAD = Labels.from({ __name__: 'load', job: 'a' });
const KEY = 'load{job="a"}';
const PANEL = { expr: 'load', rangeMs: DAY, stepMs: 300_000, pixels: 480, resolutionMs: STEP };

let clock: ManualClock;
let storage: MemorySeries;
let ranges: string[];
let refusals: number;
let standing: StandingQueries;

/** A slow wave, so that every step has its own value, with one sample far above and one far below. */
function wave(step: number): number {
  const odd = new Map([
    [DAY / STEP + 1234, 500],
    [DAY / STEP + 4321, -500],
  ]);
  return odd.get(step) ?? Math.sin(step / 300) * 10;
}

beforeEach(() => {
  clock = new ManualClock(NOW);
  storage = new MemorySeries();
  storage.load({ labels: LOAD, slots: Array.from({ length: NOW / STEP + 1 }, (_, step) => wave(step)) }, STEP);
  const engine = new PromqlEngine({ reader: storage });
  ranges = [];
  refusals = 0;
  const queries = {
    range: async (expr: string, range: EvaluationRange) => {
      ranges.push(expr);
      if (refusals > 0) {
        refusals -= 1;
        throw new QueryQueueFullError(64);
      }
      return engine.evaluate(expr, range);
    },
  };
  standing = new StandingQueries({ engine, clock, logger: silentLogger, queries });
});

afterEach(() => standing[Symbol.dispose]());

const ignore = (): void => undefined;

async function pointsOf(panel: Parameters<StandingQueries['watch']>[0]): Promise<readonly PanelPoint[]> {
  const { snapshot, unsubscribe } = await standing.watch(panel, ignore);
  unsubscribe();
  return Object.values(snapshot)[0]?.points ?? [];
}

const valuesOf = (points: readonly PanelPoint[]): number[] => points.flatMap(([, value]) => (value === null ? [] : [value]));

describe('a panel of a day with a width', () => {
  it('shows a spike of one sample at its own time, which a point every step passes over', async () => {
    const { pixels, resolutionMs, ...plain } = PANEL;
    expect(Math.max(...valuesOf(await pointsOf(plain)))).toBeLessThan(11);
    const points = await pointsOf(PANEL);
    expect(points).toContainEqual([DAY + 1234 * STEP, 500]);
    expect(points).toContainEqual([DAY + 4321 * STEP, -500]);
  });

  it('gives of each column at most four points, all of them as evaluated, the lowest and the highest among them', async () => {
    const points = await pointsOf(PANEL);
    const columnMs = 12 * STEP;
    const byColumn = Map.groupBy(points, ([at]) => Math.floor(at / columnMs));
    expect(byColumn.size).toBe(DAY / columnMs + 1);
    for (const [column, chosen] of byColumn) {
      const steps = Array.from({ length: 12 }, (_, i) => column * 12 + i).filter((step) => step * STEP <= NOW);
      const all = steps.map(wave);
      expect(chosen.length).toBeLessThanOrEqual(4);
      expect([Math.min(...valuesOf(chosen)), Math.max(...valuesOf(chosen))]).toEqual([Math.min(...all), Math.max(...all)]);
      expect([chosen[0]?.[1], chosen.at(-1)?.[1]]).toEqual([all[0], all.at(-1)]);
      expect(chosen.every(([at, value]) => value === wave(at / STEP))).toBe(true);
    }
  });

  it('tells of a new step what it changes of the newest column', async () => {
    const updates: PanelUpdate[] = [];
    await standing.watch(PANEL, (update) => void updates.push(update));
    updates.length = 0;
    storage.load({ labels: LOAD, slots: [77] }, STEP, NOW + STEP);
    await clock.advance(STEP);
    expect(updates).toEqual([
      {
        splice: {
          [KEY]: {
            from: NOW + STEP,
            points: [[NOW + STEP, 77]],
          },
        },
      },
    ]);
  });

  it('gives step() and range() the values of the step asked for', async () => {
    const { pixels, resolutionMs, ...plain } = PANEL;
    const expr = 'max_over_time(load[step()]) + (load offset range())';
    const expected = new Map(await pointsOf({ ...plain, expr }));
    const points = await pointsOf({ ...PANEL, expr });
    const shared = points.filter(([at]) => expected.has(at));
    expect(shared.length).toBeGreaterThan(90);
    for (const [at, value] of shared) {
      expect(value).toBe(expected.get(at));
    }
    await clock.advance(5 * STEP);
    expect(ranges.every((text) => !text.includes('step()'))).toBe(true);
  });
});

describe('the whole range', () => {
  it('is evaluated by the query runner, once for all who watch the same, and never for a new step', async () => {
    await Promise.all([standing.watch(PANEL, ignore), standing.watch(PANEL, ignore)]);
    await clock.advance(4 * STEP);
    expect(ranges).toEqual(['load']);
    expect(standing.active.panels).toBe(1);
  });

  it('is asked for again while too many queries wait', async () => {
    refusals = 3;
    const watching = pointsOf(PANEL);
    for (let second = 0; second < 4; second += 1) {
      await clock.advance(1000);
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect((await watching).length).toBeGreaterThan(900);
    expect(ranges).toHaveLength(4);
  });
});
