import type { SourceReport } from '@tila/contract/sources.ts';
import { describe, expect, it } from 'vitest';
import { Labels } from '../model/labels.ts';
import { ManualClock } from '../runtime/manual-clock.fake.ts';
import { type SourceGap, SourceRegistry } from './source-registry.ts';
import type { SourceClock } from './sources.ts';

const START = 1_700_000_000_000;
const LAG = 60_000;
const declaration = { source: 'prom', kind: 'prometheus', maxLagMs: LAG, intervalMs: 15_000 };

function setUp() {
  const clock = new ManualClock(START);
  const registry = new SourceRegistry({ clock });
  const gaps: SourceGap[] = [];
  const clocks: SourceClock[] = [];
  registry.subscribeGaps((gap) => gaps.push(gap));
  registry.subscribe((moved) => clocks.push(moved));
  const commit = (watermarkMs: number | null, maxTimestampMs: number | null = null, rows = 0) =>
    registry.committed({
      source: 'prom',
      rows: { labels: Array(rows).fill(Labels.EMPTY), timestamps: [], values: [] },
      watermarkMs,
      maxTimestampMs,
      committedAt: clock.now(),
    });
  return { clock, registry, gaps, clocks, commit };
}

function report(overrides: Partial<SourceReport> = {}): SourceReport {
  const times = { lastAttemptAt: START, lastSuccessAt: START, lastErrorAt: null, lastError: null };
  return { ...declaration, ...times, backfill: null, targets: [], ...overrides };
}

describe('SourceRegistry', () => {
  it('knows a declared source that has not spoken, and calls it stale only after it had its time', async () => {
    const { clock, registry, gaps } = setUp();
    registry.declare(declaration);
    await clock.advance(LAG);
    expect(registry.get('prom')).toEqual({ source: 'prom', watermarkMs: null, maxLagMs: LAG, isStale: false });
    await clock.advance(1);
    expect(registry.get('prom')?.isStale).toBe(true);
    expect(registry.view('prom')?.state).toBe('no data');
    expect(gaps).toEqual([{ source: 'prom', kind: 'gap_started', at: START, observedAt: START + LAG + 1 }]);
  });

  it('stays fresh while the watermark moves, with one notice a move', async () => {
    const { clock, registry, gaps, clocks, commit } = setUp();
    registry.declare(declaration);
    for (let i = 0; i < 20; i += 1) {
      await clock.advance(15_000);
      commit(clock.now() - 1000);
      commit(clock.now() - 1000);
    }
    expect(gaps).toEqual([]);
    expect(clocks).toHaveLength(20);
    expect(registry.view('prom')).toMatchObject({ state: 'ok', lagMs: 1000, watermarkAt: clock.now() - 1000 });
  });

  it('tells when a source falls silent and when it is back, in source time', async () => {
    const { clock, registry, gaps, clocks, commit } = setUp();
    registry.declare(declaration);
    await clock.advance(10_000);
    commit(START + 10_000);
    await clock.advance(200_000);
    expect(registry.view('prom')?.state).toBe('stale');
    commit(START + 100_000);
    expect(registry.get('prom')?.isStale, 'still catching up').toBe(true);
    commit(START + 205_000);
    expect(gaps).toEqual([
      { source: 'prom', kind: 'gap_started', at: START + 10_000, observedAt: START + 10_000 + LAG + 1 },
      { source: 'prom', kind: 'gap_ended', at: START + 205_000, observedAt: START + 210_000 },
    ]);
    expect(clocks.map(({ isStale }) => isStale)).toEqual([false, true, true, false]);
    await clock.advance(LAG);
    expect(gaps).toHaveLength(3);
  });

  it('is not made fresh by reports alone', async () => {
    const { clock, registry } = setUp();
    registry.declare(declaration);
    await clock.advance(LAG - 1);
    registry.report(report({ lastErrorAt: clock.now(), lastError: 'connection refused' }));
    await clock.advance(2);
    expect(registry.get('prom')?.isStale).toBe(true);
    expect(registry.view('prom')).toMatchObject({ state: 'error', lastError: 'connection refused' });
  });

  it('leaves the settings of a configured source alone, whatever a report claims', async () => {
    const { clock, registry } = setUp();
    registry.declare(declaration);
    registry.report(report({ kind: 'other', maxLagMs: 1000 * LAG, intervalMs: 1, lastError: 'x' }));
    registry.report(report({ source: 'unknown', maxLagMs: 2 * LAG }));
    expect(registry.view('prom')).toMatchObject({ ...declaration, lastError: 'x' });
    expect(registry.view('unknown')?.maxLagMs).toBe(2 * LAG);
    await clock.advance(LAG + 1);
    expect([registry.get('prom')?.isStale, registry.get('unknown')?.isStale]).toEqual([true, false]);
  });

  it('admits known and configured sources, and others up to a limit', () => {
    const clock = new ManualClock(START);
    const registry = new SourceRegistry({ clock, maxUndeclared: 2 });
    registry.declare(declaration);
    expect(['prom', 'a', 'b', 'c', 'a'].map((source) => registry.admit(source))).toEqual([true, true, true, false, true]);
    registry.declare({ ...declaration, source: 'c' });
    expect([registry.admit('c'), registry.admit('d')]).toEqual([true, false]);
    registry.forget('a');
    expect(registry.admit('d')).toBe(true);
  });

  it('gives restored sources their time again before they are stale', async () => {
    const { clock, registry, gaps } = setUp();
    registry.declare(declaration);
    registry.restore([['prom', START - 3_600_000]]);
    expect(registry.get('prom')).toMatchObject({ watermarkMs: START - 3_600_000, isStale: false });
    expect(registry.view('prom')?.lagMs).toBe(3_600_000);
    await clock.advance(LAG + 1);
    expect(gaps).toMatchObject([{ kind: 'gap_started', at: START - 3_600_000 }]);
  });

  it.for([
    { errorAt: null, state: 'ok', why: 'it never failed' },
    { errorAt: START - 1, state: 'ok', why: 'it worked after it failed' },
    { errorAt: START + 1, state: 'error', why: 'it failed last' },
  ])('shows $state when $why', ({ errorAt, state }) => {
    const { registry, commit } = setUp();
    commit(START);
    registry.report(report({ lastErrorAt: errorAt, lastError: errorAt === null ? null : 'x' }));
    expect(registry.view('prom')?.state).toBe(state);
  });

  it('follows the newest sample of a source that states no watermark', async () => {
    const { clock, registry, commit } = setUp();
    registry.declare(declaration);
    await clock.advance(50_000);
    commit(null, START + 50_000);
    await clock.advance(50_000);
    expect(registry.get('prom')).toMatchObject({ watermarkMs: null, isStale: false });
  });

  it('takes a shorter lag at once, and forgets a source that is no longer configured', async () => {
    const { clock, registry, gaps } = setUp();
    registry.declare({ ...declaration, maxLagMs: 10 * LAG });
    registry.declare(declaration);
    await clock.advance(LAG + 1);
    expect(gaps).toHaveLength(1);
    registry.forget('prom');
    expect([registry.get('prom'), registry.views()]).toEqual([undefined, []]);
  });

  it('counts samples a second over the last minute', async () => {
    const { clock, registry, commit } = setUp();
    for (let i = 0; i < 30; i += 1) {
      commit(clock.now(), null, 500);
      await clock.advance(5_000);
    }
    const rate = registry.view('prom')?.samplesPerSecond ?? 0;
    expect(rate).toBeGreaterThan(85);
    expect(rate).toBeLessThan(115);
    await clock.advance(120_000);
    expect(registry.view('prom')).toMatchObject({ samplesPerSecond: 0, samplesTotal: 15_000 });
  });
});
