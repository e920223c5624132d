import { describe, expect, it } from 'vitest';
import type { HotSeries, WatchedSeries } from '../../model/hot-series.ts';
import { Labels } from '../../model/labels.ts';
import { HeadChanges } from '../../storage/tsdb/head-changes.ts';
import { ActiveSeries } from './active-series.ts';

const MINUTE = 60_000;

function series(name: string, newestMs: number): HotSeries & { newestMs: number } {
  const window = (): never => {
    throw new Error('nobody reads here');
  };
  return {
    labels: Labels.from({ __name__: name }),
    sources: [],
    group: null,
    column: 0,
    newestMs,
    groupedAfterMs: 0,
    hotFromMs: 50 * MINUTE,
    window,
  };
}

class Bench {
  readonly changes = new HeadChanges();
  readonly watch = { version: 1, epoch: 0, series: [] as HotSeries[], [Symbol.dispose]() {} } satisfies WatchedSeries;
  readonly active = new ActiveSeries(
    { woken: this.changes, placement: 0, moves: 0, coldBeforeMs: 0, revision: 0, lateWrites: 0, watch: () => this.watch },
    this.watch,
  );

  /** A tick with windows of five minutes. */
  tick(nowMs: number, lengthMs = 5 * MINUTE): string {
    this.active.expect(nowMs - lengthMs, nowMs);
    this.active.follow();
    this.active.sweep();
    return this.active.series.map(({ labels }) => labels.metricName).join(' ');
  }
}

function benchOf(...all: readonly HotSeries[]): Bench {
  const bench = new Bench();
  bench.watch.series.push(...all);
  return bench;
}

describe('active series', () => {
  it('leave out who ended before all windows', () => {
    const bench = benchOf(series('old', 30 * MINUTE), series('live', 60 * MINUTE), series('ending', 52 * MINUTE));
    expect(bench.tick(60 * MINUTE)).toBe('live ending');
    expect(bench.active.epoch).toBe(1);
  });

  it('bring one back that gets a sample, at the end', () => {
    const old = series('old', 30 * MINUTE);
    const bench = benchOf(old, series('live', 60 * MINUTE));
    expect(bench.tick(60 * MINUTE)).toBe('live');
    old.newestMs = 61 * MINUTE;
    bench.changes.wake(old);
    expect(bench.tick(61 * MINUTE)).toBe('live old');
    expect(bench.active.epoch).toBe(1);
  });

  it('bring all back when it is no longer known who woke', () => {
    const old = series('old', 30 * MINUTE);
    const bench = benchOf(old, series('live', 60 * MINUTE));
    bench.tick(60 * MINUTE);
    const others = Array.from({ length: 5000 }, (_, index) => series(`other${index}`, 0));
    for (const woken of [old, ...others]) {
      bench.changes.wake(woken);
    }
    expect(bench.tick(61 * MINUTE)).toBe('live old');
  });

  it('bring those back that a longer window reaches, and keep them', () => {
    const bench = benchOf(series('older', 10 * MINUTE), series('old', 30 * MINUTE), series('live', 60 * MINUTE));
    expect(bench.tick(60 * MINUTE)).toBe('live');
    expect(bench.tick(60 * MINUTE, 40 * MINUTE)).toBe('live old');
    expect(bench.tick(62 * MINUTE)).toBe('live old');
  });

  it('take in new ones while others rest, and forget who is deleted', () => {
    const bench = benchOf(series('old', 30 * MINUTE), series('live', 60 * MINUTE));
    bench.tick(60 * MINUTE);
    bench.watch.series.push(series('new', 60 * MINUTE));
    bench.watch.version += 1;
    expect(bench.tick(60 * MINUTE)).toBe('live new');
    bench.watch.series.splice(0, 1);
    bench.watch.series.push(series('newest', 60 * MINUTE));
    bench.watch.version += 1;
    bench.watch.epoch += 1;
    expect(bench.tick(60 * MINUTE)).toBe('live new newest');
  });
});
