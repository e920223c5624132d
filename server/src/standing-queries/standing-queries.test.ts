import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { SourceClock } from '../ingest/sources.ts';
import { Labels } from '../model/labels.ts';
import { MemorySeries } from '../promql/conformance/memory-series.ts';
import { PromqlEngine } from '../promql/engine.ts';
import { PromqlParseError } from '../promql/errors.ts';
import { silentLogger } from '../runtime/logger.ts';
import { ManualClock } from '../runtime/manual-clock.fake.ts';
import type { PanelUpdate } from './panel-result.ts';
import { StandingQueries } from './standing-queries.ts';

const UP = Labels.from({ __name__: 'up', job: 'a' });
const UP_KEY = 'up{job="a"}';

class CountingEngine extends PromqlEngine {
  evaluations = 0;

  override evaluate(...args: Parameters<PromqlEngine['evaluate']>): ReturnType<PromqlEngine['evaluate']> {
    this.evaluations += 1;
    return super.evaluate(...args);
  }
}

/** One source whose watermark the test moves. */
class FakeSources {
  watermarkMs = 0;
  readonly #listeners = new Set<(clock: SourceClock) => void>();

  get(source: string): SourceClock {
    return { source, watermarkMs: this.watermarkMs, maxLagMs: 60_000, isStale: false };
  }

  subscribe(listener: (clock: SourceClock) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  move(watermarkMs: number): void {
    this.watermarkMs = watermarkMs;
    for (const listener of this.#listeners) {
      listener(this.get('s'));
    }
  }
}

let clock: ManualClock;
let storage: MemorySeries;
let engine: CountingEngine;
let sources: FakeSources;
let standing: StandingQueries;
let updates: PanelUpdate[];

beforeEach(() => {
  clock = new ManualClock(60_000);
  storage = new MemorySeries();
  engine = new CountingEngine({ reader: storage });
  sources = new FakeSources();
  updates = [];
  const reader = { sources: async () => new Set(['s']) };
  standing = new StandingQueries({ engine, clock, logger: silentLogger, reader, sources });
  append(0, [1, 2, 3, 4, 5]);
});

afterEach(() => standing[Symbol.dispose]());

function append(startMs: number, slots: readonly number[]): void {
  storage.load({ labels: UP, slots }, 15_000, startMs);
}

const PANEL = { expr: 'up', rangeMs: 30_000, stepMs: 15_000 };
const note = (update: PanelUpdate): void => void updates.push(update);

describe('watching a panel', () => {
  it('starts with the whole range on multiples of the step', async () => {
    await clock.advance(4_000);
    const { snapshot } = await standing.watch(PANEL, note);
    expect(snapshot).toEqual({
      [UP_KEY]: {
        labels: { __name__: 'up', job: 'a' },
        points: [
          [30_000, 3],
          [45_000, 4],
          [60_000, 5],
        ],
      },
    });
  });

  it('tells a new point once the sources have passed its step', async () => {
    sources.move(60_000);
    await standing.watch(PANEL, note);
    updates.length = 0;
    await clock.advance(16_000);
    expect(updates).toEqual([]);
    append(75_000, [6]);
    sources.move(75_000);
    await clock.advance(0);
    expect(updates).toEqual([{ append: { [UP_KEY]: [[75_000, 6]] } }]);
  });

  it('waits one step at most for a late source, and revises once it has caught up', async () => {
    sources.move(60_000);
    await standing.watch(PANEL, note);
    updates.length = 0;
    await clock.advance(30_000);
    // The lookback carries the last value on.
    expect(updates).toEqual([{ append: { [UP_KEY]: [[75_000, 5]] } }]);
    updates.length = 0;
    append(75_000, [6, 7, 8]);
    await clock.advance(15_000);
    sources.move(105_000);
    await clock.advance(0);
    expect(updates.flatMap((update) => update.append?.[UP_KEY] ?? [])).toEqual([
      [75_000, 6],
      [90_000, 7],
      [105_000, 8],
    ]);
  });

  it('shares one evaluation among all who watch the same', async () => {
    await Promise.all([standing.watch(PANEL, note), standing.watch(PANEL, note), standing.watch(PANEL, note)]);
    expect(engine.evaluations).toBe(1);
    expect(standing.active.panels).toBe(1);
    sources.move(75_000);
    await clock.advance(15_000);
    expect(engine.evaluations).toBe(2);
  });

  it('costs nothing once the last watcher has left', async () => {
    const first = await standing.watch(PANEL, note);
    const second = await standing.watch(PANEL, note);
    first.unsubscribe();
    await clock.advance(60_000);
    const evaluated = engine.evaluations;
    expect(evaluated).toBeGreaterThan(1);
    second.unsubscribe();
    await clock.advance(600_000);
    expect(engine.evaluations).toBe(evaluated);
    expect(standing.active.panels).toBe(0);
  });

  it('names a new series whole and removes one that has left the range', async () => {
    await standing.watch({ expr: 'up or late', rangeMs: 30_000, stepMs: 15_000 }, note);
    updates.length = 0;
    storage.load({ labels: Labels.from({ __name__: 'late' }), slots: [7] }, 15_000, 75_000);
    sources.move(10_000_000);
    await clock.advance(15_000);
    expect(updates[0]?.set?.late?.points).toEqual([
      [45_000, null],
      [60_000, null],
      [75_000, 7],
    ]);
    await clock.advance(600_000);
    expect(updates.flatMap((update) => update.remove ?? []).sort()).toEqual(['late', UP_KEY]);
  });

  it('refuses an expression that does not parse, at once', async () => {
    await expect(standing.watch({ ...PANEL, expr: 'up{' }, note)).rejects.toBeInstanceOf(PromqlParseError);
    await expect(standing.watch({ ...PANEL, expr: 'up[5m]' }, note)).rejects.toThrow('not a matrix');
    expect(standing.active.panels).toBe(0);
  });
});

describe('a registered query', () => {
  it('is the same for equal requests, evaluates only while watched and tells changes only', async () => {
    const query = standing.register({ expr: 'up > bool 4', intervalMs: 15_000 });
    expect(standing.register({ expr: 'up > bool 4', intervalMs: 15_000 })).toBe(query);
    await clock.advance(60_000);
    expect(engine.evaluations).toBe(0);
    const slots: number[] = [];
    const stop = query.subscribe(({ slotMs }) => void slots.push(slotMs));
    await clock.advance(30_000);
    expect(slots).toEqual([120_000]);
    append(165_000, [1]);
    await clock.advance(30_000);
    expect(slots).toEqual([120_000, 165_000]);
    stop();
    const evaluated = engine.evaluations;
    await clock.advance(300_000);
    expect(engine.evaluations).toBe(evaluated);
  });
});
