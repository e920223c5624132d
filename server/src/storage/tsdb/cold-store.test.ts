import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it } from 'vitest';
import { Labels } from '../../model/labels.ts';
import { appendRows, matcher, readAll } from '../../model/series-store.contract.ts';
import { START_MS, TsdbFixture } from './tsdb.fixture.ts';
import type { Tsdb } from './tsdb.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const EVERYTHING = { matchers: [], fromMs: 0, toMs: Number.MAX_SAFE_INTEGER };

const load = Labels.from({ __name__: 'load', host: 'a' });
const requests = Labels.from({ __name__: 'requests_total', host: 'a' });

/** A gauge from 0 up and a counter that grows by 10 and resets now and then, one row a minute. */
async function fill(
  store: Tsdb,
  { from = START_MS, count = 60 }: { readonly from?: number; readonly count?: number },
): Promise<void> {
  await appendRows(
    store,
    Array.from({ length: count }, (_, i) => i).flatMap((i) => [
      { labels: load, at: from + i * MINUTE, value: i },
      { labels: requests, at: from + i * MINUTE, value: (i % 100) * 10 },
    ]),
  );
}

function valuesOf(lines: readonly string[] | undefined): readonly number[] {
  return (lines ?? []).map((line) => Number(line.split('=')[1]));
}

async function read(
  store: Tsdb,
  labels: Labels,
  selection: { fromMs?: number; toMs?: number; hint?: string },
): Promise<readonly string[]> {
  const { fromMs = 0, toMs = Number.MAX_SAFE_INTEGER, hint } = selection;
  const matchers = [...labels.entries()].map(([name, value]) => matcher(name, '=', value));
  const found = await readAll(store, { matchers, fromMs, toMs, ...(hint !== undefined && { hint: { function: hint } }) });
  return found[labels.toString()] ?? [];
}

describe('compaction', () => {
  it('merges the blocks of two hours and changes no answer', async () => {
    await using fixture = new TsdbFixture({ blockRangeMs: 15 * MINUTE, hotWindowMs: 15 * MINUTE, outOfOrderWindowMs: 0 });
    const store = await fixture.open();
    const metrics = Array.from({ length: 30 }, (_, i) => Labels.from({ __name__: 'm', i: `${i}` }));
    const rows = (t: number) =>
      metrics.map((labels, i) => ({ labels, at: START_MS + t * 15_000, value: t * (i + 1) + Math.floor(t / 7) }));
    await appendRows(store, Array.from({ length: 460 }, (_, t) => rows(t)).flat());
    const before = await readAll(store, EVERYTHING);
    await fixture.clock.advance(2 * HOUR);
    await store.maintain();
    const cut = store.stats();
    expect(cut.blocks).toBe(7);
    await fixture.clock.advance(15 * MINUTE);
    await store.maintain();
    const merged = store.stats();
    expect(merged.blocks).toBe(1);
    expect(merged.blockBytes / merged.blockSamples).toBeLessThan(0.8 * (cut.blockBytes / cut.blockSamples));
    expect(await readAll(store, EVERYTHING)).toEqual(before);
    expect(await readAll(await fixture.reopen(), EVERYTHING)).toEqual(before);
  });

  it('merges small metrics to a day, and leaves late rows in peace', async () => {
    await using fixture = new TsdbFixture();
    const store = await fixture.open();
    await fill(store, { count: 24 * 60 });
    const before = await readAll(store, EVERYTHING);
    await fixture.clock.advance(27 * HOUR);
    await store.maintain();
    expect(store.stats()).toMatchObject({ blocks: 2, headSamples: 0 });
    expect(await readAll(store, EVERYTHING)).toEqual(before);
    await store.maintain();
    expect(store.stats().blocks).toBe(2);
  });

  it('shows a reader that found blocks before they were merged every row once', async () => {
    await using fixture = new TsdbFixture({ outOfOrderWindowMs: 0 });
    const store = await fixture.open();
    for (let i = 0; i < 20; i += 1) {
      await appendRows(
        store,
        Array.from({ length: 240 }, (_, t) => ({ labels: load.with({ i: `${i}` }), at: START_MS + t * MINUTE, value: t })),
      );
    }
    await fixture.clock.advance(5 * HOUR);
    const reads = Array.from({ length: 8 }, () => readAll(store, EVERYTHING));
    await store.maintain();
    await fixture.clock.advance(HOUR);
    reads.push(...Array.from({ length: 8 }, () => readAll(store, EVERYTHING)));
    await Promise.all([store.maintain(), ...reads]);
    for (const lines of await Promise.all(reads)) {
      expect(Object.values(lines).map(({ length }) => length)).toEqual(Array<number>(20).fill(240));
    }
  });
});

describe('rollups', () => {
  const settings = { retentionMs: 3 * DAY, retention5mMs: 30 * DAY, retention1hMs: 300 * DAY };

  async function aged(fixture: TsdbFixture, days: number): Promise<Tsdb> {
    const store = await fixture.open();
    await fill(store, { count: 24 * 60 });
    await fixture.clock.advance(DAY);
    // Keeps the series alive.
    for (let day = 1; day < days; day += 1) {
      await appendRows(store, [{ labels: load, at: fixture.clock.now(), value: -1 }]);
      await store.maintain();
      await fixture.clock.advance(DAY);
    }
    await store.maintain();
    return store;
  }

  const toMs = START_MS + DAY - 1;

  it('answer what raw retention has taken, each function from the field that fits it', async () => {
    await using fixture = new TsdbFixture(settings);
    const store = await aged(fixture, 6);
    const firstHour = { fromMs: START_MS, toMs: START_MS + HOUR - 1 };
    expect(valuesOf(await read(store, load, { ...firstHour, hint: 'min_over_time' }))).toEqual([
      0, 5, 10, 15, 20, 25, 30, 35, 40, 45, 50, 55,
    ]);
    expect(valuesOf(await read(store, load, { ...firstHour, hint: 'max_over_time' }))).toEqual([
      4, 9, 14, 19, 24, 29, 34, 39, 44, 49, 54, 59,
    ]);
    expect(valuesOf(await read(store, load, { ...firstHour, hint: 'avg_over_time' }))).toEqual([
      2, 7, 12, 17, 22, 27, 32, 37, 42, 47, 52, 57,
    ]);
    expect(valuesOf(await read(store, load, { ...firstHour, hint: 'last_over_time' }))[0]).toBe(4);
    expect(await read(store, load, { ...firstHour, hint: 'deriv' })).toHaveLength(12);
    const [series] = await store.select({
      matchers: [matcher('__name__', '=', 'load')],
      ...firstHour,
      hint: { function: 'sum_over_time' },
    });
    expect([...(series?.weights ?? [])]).toEqual(Array<number>(12).fill(5));
  });

  it('keep resets of counters visible', async () => {
    await using fixture = new TsdbFixture(settings);
    const store = await aged(fixture, 6);
    const values = valuesOf(await read(store, requests, { toMs, hint: 'rate' }));
    const growth = values.reduce(
      (sum, value, i) => sum + (i === 0 ? 0 : value - Math.min(values[i - 1] ?? 0, value < (values[i - 1] ?? 0) ? 0 : Infinity)),
      0,
    );
    // Of 1,440 rows the first bucket's first four are before its last: 14 resets, each from 990 to 0.
    expect(growth).toBe(14 * 990 + 390 - 40);
    expect(values.filter((value, i) => value < (values[i - 1] ?? 0))).toHaveLength(14);
  });

  it('let an instant selector find a point at every moment, from either resolution', async () => {
    for (const days of [6, 50]) {
      await using fixture = new TsdbFixture(settings);
      const store = await aged(fixture, days);
      for (const labels of [load, requests]) {
        const times = (await read(store, labels, { fromMs: START_MS + HOUR, toMs })).map((line) => Number(line.split('=')[0]));
        const gaps = times.map((at, i) => at - (times[i - 1] ?? START_MS + HOUR));
        expect(times.length, `${labels} after ${days} days`).toBeGreaterThan(200);
        expect(Math.max(...gaps), `${labels} after ${days} days`).toBeLessThanOrEqual(5 * MINUTE);
      }
    }
  });

  it('follow each other: raw, 5 minutes, an hour, nothing', async () => {
    await using fixture = new TsdbFixture(settings);
    const max = async (store: Tsdb) => read(store, load, { toMs, hint: 'max_over_time' });
    expect(await max(await aged(fixture, 3))).toHaveLength(1440);
    for (const [days, points] of [
      [4, 288],
      [50, 24],
      [320, 0],
    ] as const) {
      await using older = new TsdbFixture(settings);
      expect(await max(await aged(older, days)), `after ${days} days`).toHaveLength(points);
    }
  });

  it('outlive their series, which costs no memory then, and join it when it comes back', async () => {
    await using fixture = new TsdbFixture(settings);
    let store = await aged(fixture, 6);
    expect(store.stats().series).toBe(1);
    expect(await store.labelValues('__name__', EVERYTHING)).toEqual(['load', 'requests_total']);
    expect(await store.labelValues('__name__', { ...EVERYTHING, fromMs: START_MS + 2 * DAY })).toEqual(['load']);
    store = await fixture.reopen();
    expect(await read(store, requests, { hint: 'max_over_time' })).toHaveLength(288);
    await appendRows(store, [{ labels: requests, at: fixture.clock.now(), value: 7 }]);
    const both = await read(store, requests, { hint: 'max_over_time' });
    expect(both).toHaveLength(289);
    expect(both.at(-1)).toBe(`${fixture.clock.now()}=7`);
  });

  it('are made anew when rows come late into a day that has been rolled up', async () => {
    await using fixture = new TsdbFixture({ ...settings, outOfOrderWindowMs: 10 * DAY, retentionMs: 12 * DAY });
    const store = await fixture.open();
    await fill(store, { count: 60 });
    await fixture.clock.advance(12 * DAY - HOUR);
    await store.maintain();
    await appendRows(store, [{ labels: load, at: START_MS + 90 * MINUTE, value: 1000 }]);
    await fixture.clock.advance(2 * HOUR);
    await store.maintain();
    await fixture.clock.advance(DAY);
    await store.maintain();
    expect(await read(store, load, { hint: 'max_over_time' })).toHaveLength(13);
  });

  it('stay when old rows of another series are imported into a day whose samples are gone', async () => {
    await using fixture = new TsdbFixture(settings);
    const store = await aged(fixture, 6);
    const before = await read(store, load, { toMs, hint: 'max_over_time' });
    const imported = load.with({ host: 'imported' });
    await appendRows(
      store,
      Array.from({ length: 10 }, (_, i) => ({ labels: imported, at: START_MS + i * MINUTE, value: i })),
    );
    for (let hour = 0; hour < 3; hour += 1) {
      await fixture.clock.advance(HOUR);
      await store.maintain();
    }
    expect(await read(store, load, { toMs, hint: 'max_over_time' })).toEqual(before);
    expect(valuesOf(await read(store, imported, { hint: 'max_over_time' }))).toEqual([4, 9]);
  });

  it('are not made where they would not be kept longer', async () => {
    await using fixture = new TsdbFixture({ ...settings, retention5mMs: 3 * DAY });
    const store = await aged(fixture, 6);
    expect(await read(store, load, { toMs })).toEqual([]);
    expect(await store.labelValues('__name__', EVERYTHING)).toEqual(['load']);
  });
});

describe('retention by size', () => {
  it('takes the oldest samples first and gives the space back, without a stop', async () => {
    await using fixture = new TsdbFixture({ retention5mMs: 0, retentionBytes: 400_000 });
    const store = await fixture.open();
    const noise = (_: unknown, i: number) => ({ labels: load, at: START_MS + i * 1000, value: Math.random() });
    await appendRows(store, Array.from({ length: 20 * 3600 }, noise));
    const full = store.stats().fileBytes;
    await fixture.clock.advance(30 * HOUR);
    await store.maintain();
    const { fileBytes } = store.stats();
    expect(full).toBeGreaterThan(500_000);
    expect(fileBytes).toBeLessThanOrEqual(400_000);
    expect(fileBytes).toBeGreaterThan(200_000);
    const left = await read(store, load, {});
    expect(left.at(-1)?.startsWith(`${START_MS + 20 * HOUR - 1000}=`)).toBe(true);
    expect(left.length).toBeLessThan(20 * 3600);
  });
});

describe('deletes', () => {
  it.for([
    { hours: 0, why: 'in memory' },
    { hours: 1, why: 'partly in memory, partly in blocks' },
    { hours: 10, why: 'in merged blocks' },
  ])('take rows $why, for good', async ({ hours }) => {
    await using fixture = new TsdbFixture({ hotWindowMs: 30 * MINUTE });
    let store = await fixture.open();
    await fill(store, { count: 60 });
    await fixture.clock.advance(hours * HOUR);
    await store.maintain();
    const window = { fromMs: START_MS + 10 * MINUTE, toMs: START_MS + 49 * MINUTE };
    expect(await store.deleteSeries({ matchers: [matcher('__name__', '=', 'load')], ...window })).toBe(1);
    const left = [...Array(10).keys(), ...Array.from({ length: 10 }, (_, i) => 50 + i)];
    const expectLeft = async () => {
      expect(valuesOf(await read(store, load, {}))).toEqual(left);
      expect(await read(store, load, window)).toEqual([]);
      expect(await store.labelValues('__name__', { ...EVERYTHING, ...window }), 'not even its name').toEqual(['requests_total']);
      expect(await read(store, requests, {})).toHaveLength(60);
    };
    await expectLeft();
    store = await fixture.reopen();
    await expectLeft();
    await store.maintain();
    await expectLeft();
    await fixture.clock.advance(10 * HOUR);
    await store.maintain();
    await store.maintain();
    await expectLeft();
    store = await fixture.reopen();
    await expectLeft();
    expect(pendingDeletions(fixture)).toBe(0);
  });

  it('leave what is appended later, whatever its time', async () => {
    await using fixture = new TsdbFixture();
    let store = await fixture.open();
    await fill(store, { count: 10 });
    await store.deleteSeries(EVERYTHING);
    expect(await readAll(store, EVERYTHING)).toEqual({});
    expect(await appendRows(store, [{ labels: load, at: START_MS + MINUTE, value: 77 }])).toMatchObject({ accepted: 1 });
    store = await fixture.reopen();
    expect(await read(store, load, {})).toEqual([`${START_MS + MINUTE}=77`]);
    await fixture.clock.advance(10 * HOUR);
    await store.maintain();
    expect(await read(store, load, {})).toEqual([`${START_MS + MINUTE}=77`]);
  });

  it('take rollups and archived series', async () => {
    await using fixture = new TsdbFixture({ retentionMs: 3 * DAY });
    const store = await fixture.open();
    await fill(store, { count: 24 * 60 });
    await fixture.clock.advance(6 * DAY);
    await store.maintain();
    expect(store.stats().series).toBe(0);
    expect(await read(store, load, { hint: 'max_over_time' })).toHaveLength(288);
    expect(await store.deleteSeries({ ...EVERYTHING, toMs: START_MS + 12 * HOUR - 1 })).toBe(2);
    expect(await read(store, load, { hint: 'max_over_time' })).toHaveLength(144);
    await store.maintain();
    expect(await read(await fixture.reopen(), load, { hint: 'max_over_time' })).toHaveLength(144);
    expect(pendingDeletions(fixture)).toBe(0);
  });
});

function pendingDeletions(fixture: TsdbFixture): unknown {
  using database = new DatabaseSync(join(fixture.folder, 'metrics.db'), { readOnly: true });
  return database.prepare('SELECT count(*) AS deletions FROM deletion').get()?.deletions;
}
