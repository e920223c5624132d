import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it } from 'vitest';
import { Labels } from '../../model/labels.ts';
import { appendRows, describeSeriesStore, matcher, readAll } from '../../model/series-store.contract.ts';
import { START_MS, TsdbFixture } from './tsdb.fixture.ts';
import type { Tsdb } from './tsdb.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const EVERYTHING = { matchers: [], fromMs: 0, toMs: Number.MAX_SAFE_INTEGER };

const up = Labels.from({ __name__: 'up', job: 'api' });

/** One row of `up` every minute: row i has value i. */
function minutes(count: number, labels = up) {
  return Array.from({ length: count }, (_, i) => ({ labels, at: START_MS + i * MINUTE, value: i }));
}

async function upSamples(store: Tsdb): Promise<readonly string[]> {
  return (await readAll(store, EVERYTHING))[up.toString()] ?? [];
}

describeSeriesStore('the embedded store', async () => {
  const fixture = new TsdbFixture();
  return { store: await fixture.open(), startMs: START_MS, [Symbol.asyncDispose]: () => fixture[Symbol.asyncDispose]() };
});

describeSeriesStore('the embedded store, everything older than a minute cut to blocks after each append,', async () => {
  const fixture = new TsdbFixture({ hotWindowMs: -2 * HOUR });
  const store = await fixture.open();
  const append = store.append.bind(store);
  store.append = async (request) => {
    const result = await append(request);
    await store.maintain();
    return result;
  };
  return { store, startMs: START_MS, [Symbol.asyncDispose]: () => fixture[Symbol.asyncDispose]() };
});

describe('the embedded store', () => {
  it('moves the rows of a sender who catches up out of memory before it is asked to', async () => {
    await using fixture = new TsdbFixture({ hotWindowMs: HOUR, rowsBeforeMaintenance: 500 });
    const store = await fixture.open();
    await fixture.clock.advance(24 * HOUR);
    const series = Array.from({ length: 20 }, (_, i) => up.with({ instance: `${i}` }));
    for (let hour = 0; hour < 10; hour += 1) {
      const rows = series.flatMap((labels) => minutes(60, labels).map((row) => ({ ...row, at: row.at + hour * HOUR })));
      await appendRows(store, rows);
    }
    // The last ones may have come while maintenance was past the cut.
    await expect.poll(() => store.stats().blockSamples).toBeGreaterThanOrEqual(6 * 60 * 20);
    expect(await store.series(EVERYTHING)).toHaveLength(20);
    expect((await readAll(store, EVERYTHING))[series[3]?.toString() ?? '']).toHaveLength(600);
  });

  it('never holds more of a long history in memory than writers wait for, and loses none of it', async () => {
    const limit = 200;
    await using fixture = new TsdbFixture({ hotWindowMs: HOUR, blockRangeMs: HOUR, rowsBeforeMaintenance: limit });
    const store = await fixture.open();
    await fixture.clock.advance(250 * HOUR);
    const series = Array.from({ length: 20 }, (_, i) => up.with({ instance: `${i}` }));
    let most = 0;
    for (let from = 0; from < 1_200; from += 10) {
      const at = (row: number) => START_MS + (from + row) * 10 * MINUTE;
      const rows = series.flatMap((labels) => minutes(10, labels).map((row, i) => ({ ...row, at: at(i) })));
      await appendRows(store, rows);
      most = Math.max(most, store.stats().headSamples);
    }
    expect(most).toBeLessThanOrEqual(2 * limit + 2 * 200);
    expect((await readAll(store, EVERYTHING))[series[3]?.toString() ?? '']).toHaveLength(1_200);
  });

  it('answers the same before a cut, after it, and after a restart', async () => {
    await using fixture = new TsdbFixture({ hotWindowMs: 2 * HOUR, blockRangeMs: 30 * MINUTE });
    let store = await fixture.open();
    const rows = [
      ...minutes(600),
      ...minutes(600, up.with({ job: 'other' })),
      ...minutes(600, Labels.from({ __name__: 'load' })),
    ];
    await appendRows(store, rows);
    const before = await readAll(store, EVERYTHING);
    await fixture.clock.advance(10 * HOUR);
    await store.maintain();
    expect(store.stats()).toMatchObject({ series: 3, headSamples: 3 * 120, blocks: 2 * (3 + 4), walRows: 1 });
    expect(await readAll(store, EVERYTHING)).toEqual(before);
    store = await fixture.reopen();
    expect(store.stats().headSamples).toBe(3 * 120);
    expect(await readAll(store, EVERYTHING)).toEqual(before);
  });

  it('answers the same after a cut of many series with all kinds of values, in blocks of full size', async () => {
    await using fixture = new TsdbFixture();
    const store = await fixture.open();
    const kinds = [
      (t: number) => t,
      () => Math.random(),
      (t: number) => t * 1.25,
      () => Math.floor(Math.random() * 1e12),
      () => 1,
    ];
    const series = Array.from({ length: 700 }, (_, i) => Labels.from({ __name__: 'many', i: `${i}` }));
    for (let t = 0; t < 100; t += 1) {
      const times = series.map((_, i) => START_MS + t * 15_000 + Math.floor(i / 50));
      const values = series.map((_, i) => kinds[i % kinds.length]?.(t) ?? 0);
      await store.append({ source: 's', rows: { labels: series, timestamps: times, values } });
    }
    const before = await readAll(store, EVERYTHING);
    await fixture.clock.advance(10 * HOUR);
    await store.maintain();
    expect(store.stats()).toMatchObject({ headSamples: 0, walRows: 0 });
    expect(store.stats().blocks).toBeGreaterThan(4);
    expect(await readAll(store, EVERYTHING)).toEqual(before);
  });

  it('deletes the write-ahead log once blocks hold its rows', async () => {
    await using fixture = new TsdbFixture();
    const store = await fixture.open();
    await appendRows(store, minutes(10));
    await fixture.clock.advance(3 * HOUR);
    await store.maintain();
    expect(store.stats()).toMatchObject({ walRows: 0, headSamples: 0, blocks: 1 });
  });

  it('takes late rows into ranges that were cut, and still knows what was there', async () => {
    await using fixture = new TsdbFixture();
    let store = await fixture.open();
    await appendRows(store, minutes(20));
    await fixture.clock.advance(3 * HOUR);
    await store.maintain();
    const late = [
      { labels: up, at: START_MS + 5 * MINUTE + 1, value: 55 },
      { labels: up, at: START_MS + 6 * MINUTE, value: 66 },
      { labels: up, at: START_MS + 7 * MINUTE, value: 7 },
    ];
    expect(await appendRows(store, late)).toEqual({ accepted: 2, duplicate: 1, tooOld: 0 });
    const expected = minutes(20).map(({ at, value }) => `${at}=${value}`);
    expected.splice(6, 0, `${START_MS + 5 * MINUTE + 1}=55`);
    expect(await upSamples(store)).toEqual(expected);
    store = await fixture.reopen();
    expect(await upSamples(store)).toEqual(expected);
    await store.maintain();
    expect(store.stats()).toMatchObject({ blocks: 2, headSamples: 0, walRows: 0 });
    expect(await upSamples(store)).toEqual(expected);
  });

  it('hands out one and the same times for series that are written together', async () => {
    await using fixture = new TsdbFixture();
    const store = await fixture.open();
    const page = Array.from({ length: 20 }, (_, i) => Labels.from({ __name__: 'page', i: `${i}` }));
    for (let t = 0; t < 5; t += 1) {
      const written = t === 2 ? page.slice(1) : page;
      await appendRows(
        store,
        written.map((labels, i) => ({ labels, at: START_MS + t * MINUTE, value: i })),
      );
    }
    const times = (await store.select(EVERYTHING)).map(({ timestamps }) => timestamps);
    expect(times.map((column) => column.length).sort()).toEqual([4, ...Array<number>(19).fill(5)]);
    expect(new Set(times).size).toBe(2);
    await fixture.clock.advance(3 * HOUR);
    await store.maintain();
    await appendRows(
      store,
      page.map((labels, i) => ({ labels, at: fixture.clock.now(), value: i })),
    );
    const joined = (await store.select(EVERYTHING)).map(({ timestamps }) => timestamps);
    expect(store.stats().blocks).toBe(1);
    expect(joined.map((column) => column.length).sort()).toEqual([5, ...Array<number>(19).fill(6)]);
    expect(new Set(joined).size).toBe(2);
  });

  it('says where its series come from', async () => {
    await using fixture = new TsdbFixture();
    const store = await fixture.open();
    await appendRows(store, [...minutes(1), ...minutes(1, up.with({ job: 'b' })), ...minutes(1, up.with({ __name__: 'load' }))]);
    expect(await store.cardinality(2)).toEqual({
      series: 3,
      labelPairs: 4,
      seriesByMetric: [
        { name: 'up', value: 2 },
        { name: 'load', value: 1 },
      ],
      valuesByLabel: [
        { name: '__name__', value: 2 },
        { name: 'job', value: 2 },
      ],
      textByLabel: [
        { name: '__name__', value: 8 },
        { name: 'job', value: 7 },
      ],
      seriesByPair: [
        { name: '__name__=up', value: 2 },
        { name: 'job=api', value: 2 },
      ],
    });
  });

  it('keeps a watched selection current', async () => {
    await using fixture = new TsdbFixture({ retentionMs: 24 * HOUR, retention5mMs: 0 });
    const store = await fixture.open();
    await appendRows(store, minutes(1));
    using watched = store.watch([matcher('__name__', '=', 'up')]);
    using anything = store.watch([matcher('job', '=~', 'api|other')]);
    const names = () => watched.series.map(({ labels }) => labels.get('job'));
    await appendRows(store, [...minutes(1, up.with({ job: 'other' })), ...minutes(1, Labels.from({ __name__: 'load' }))]);
    expect([names(), watched.version, watched.epoch, anything.series.length]).toEqual([['api', 'other'], 1, 0, 2]);
    await fixture.clock.advance(26 * HOUR);
    await appendRows(store, [{ labels: up, at: fixture.clock.now(), value: 1 }]);
    await store.maintain();
    await store.maintain();
    expect([names(), watched.epoch, anything.series.length]).toEqual([['api'], 1, 1]);
  });

  it('shows a reader that began before a cut every row once', async () => {
    await using fixture = new TsdbFixture();
    const store = await fixture.open();
    await appendRows(store, minutes(300));
    await fixture.clock.advance(10 * HOUR);
    const [read] = await Promise.all([readAll(store, EVERYTHING), store.maintain()]);
    expect(read[up.toString()]).toHaveLength(300);
  });

  it('forgets what is older than retention: blocks, then series that have nothing left', async () => {
    await using fixture = new TsdbFixture({ retentionMs: 24 * HOUR, retention5mMs: 0 });
    let store = await fixture.open();
    await appendRows(store, minutes(60));
    await fixture.clock.advance(20 * HOUR);
    await appendRows(store, [{ labels: up.with({ job: 'later' }), at: fixture.clock.now(), value: 1 }]);
    await store.maintain();
    expect(store.stats()).toMatchObject({ series: 2, blocks: 1 });
    await fixture.clock.advance(6 * HOUR);
    await store.maintain();
    expect(store.stats()).toMatchObject({ series: 1 });
    expect(Object.keys(await readAll(store, EVERYTHING))).toEqual(['up{job="later"}']);
    store = await fixture.reopen();
    expect(await store.labelValues('job', EVERYTHING)).toEqual(['later']);
    await appendRows(store, [{ labels: up, at: fixture.clock.now(), value: 5 }]);
    expect(await upSamples(store)).toEqual([`${fixture.clock.now()}=5`]);
  });

  it('stores nothing of a commit that fails, and goes on', async () => {
    await using fixture = new TsdbFixture();
    const store = await fixture.open();
    await appendRows(store, minutes(1));
    using blocker = new DatabaseSync(join(fixture.folder, 'metrics.db'));
    blocker.exec('BEGIN IMMEDIATE');
    const fresh = { labels: up.with({ job: 'fresh' }), at: START_MS, value: 1 };
    const farAhead = { labels: up, at: START_MS + 5 * HOUR, value: 1 };
    await expect(appendRows(store, [...minutes(3), farAhead, fresh], 'another')).rejects.toThrow(/locked/);
    expect(await readAll(store, EVERYTHING)).toEqual({ 'up{job="api"}': [`${START_MS}=0`] });
    expect([...(await store.sources([]))]).toEqual(['test']);
    blocker.exec('ROLLBACK');
    expect(await appendRows(store, [...minutes(3), fresh])).toEqual({ accepted: 4, duplicate: 0, tooOld: 0 });
    expect(store.stats()).toMatchObject({ series: 2, headSamples: 4, failedCommits: 1 });
  });

  it('commits what was appended in one turn together', async () => {
    await using fixture = new TsdbFixture();
    const store = await fixture.open();
    await Promise.all(minutes(50).map((row) => appendRows(store, [row])));
    expect(store.stats()).toMatchObject({ commits: 1, headSamples: 50 });
  });

  it('commits what is queued when it closes, and takes nothing after', async () => {
    await using fixture = new TsdbFixture();
    let store = await fixture.open();
    const pending = appendRows(store, minutes(5));
    await store[Symbol.asyncDispose]();
    expect(await pending).toMatchObject({ accepted: 5 });
    await expect(appendRows(store, minutes(6))).rejects.toThrow('the metrics store is closed');
    store = await fixture.open();
    expect(await upSamples(store)).toHaveLength(5);
  });

  it.for([
    { why: 'columns of unequal length', timestamps: [1, 2], values: [1] },
    { why: 'a timestamp that is not a number', timestamps: [Number.NaN], values: [1] },
    { why: 'a fraction of a millisecond', timestamps: [1.5], values: [1] },
  ])('refuses $why without storing anything', async ({ timestamps, values }) => {
    await using fixture = new TsdbFixture();
    const store = await fixture.open();
    await expect(store.append({ source: null, rows: { labels: [up], timestamps, values } })).rejects.toThrow(RangeError);
    expect(store.stats().series).toBe(0);
  });

  it.for([
    { table: 'block', count: 'damagedBlocks', left: 30, why: 'a flipped bit in a block: the other blocks are read' },
    {
      table: 'wal',
      count: 'damagedWalRows',
      left: 30,
      why: 'a flipped bit in the write-ahead log: the other commits are replayed',
    },
  ] as const)('survives $why', async ({ table, count, left }) => {
    await using fixture = new TsdbFixture({ hotWindowMs: 2 * HOUR, blockRangeMs: 30 * MINUTE });
    let store = await fixture.open();
    await appendRows(store, minutes(30));
    await appendRows(store, minutes(60).slice(30));
    if (table === 'block') {
      // Cut, but too young to be merged into one block.
      await fixture.clock.advance(3 * HOUR);
      await store.maintain();
    }
    await store[Symbol.asyncDispose]();
    damageFirstRow(join(fixture.folder, 'metrics.db'), table === 'block' ? 'block_rows' : 'wal');
    store = await fixture.open();
    expect(await upSamples(store)).toHaveLength(left);
    expect(store.stats()[count]).toBe(1);
    expect(await appendRows(store, [{ labels: up, at: START_MS + 2 * HOUR, value: 1 }])).toMatchObject({ accepted: 1 });
  });

  it('keeps a second opener out until the first is closed', async () => {
    await using fixture = new TsdbFixture();
    const store = await fixture.open();
    const second = new TsdbFixture({ folder: fixture.folder });
    await expect(second.open()).rejects.toThrow(`the data folder ${fixture.folder} is in use by another Tila process`);
    await store[Symbol.asyncDispose]();
    await (await second.open())[Symbol.asyncDispose]();
    await second[Symbol.asyncDispose]();
  });

  it('refuses a file that a newer Tila wrote', async () => {
    await using fixture = new TsdbFixture();
    await (await fixture.open())[Symbol.asyncDispose]();
    const database = new DatabaseSync(join(fixture.folder, 'metrics.db'));
    database.exec('PRAGMA user_version = 99');
    database.close();
    await expect(fixture.open()).rejects.toThrow(/has format 99, this Tila knows up to 2/);
  });

  it('ends a read of blocks when its signal aborts on the way, or the store closes', async () => {
    await using fixture = new TsdbFixture();
    const store = await fixture.open();
    for (let i = 0; i < 10; i += 1) {
      await appendRows(store, minutes(60, Labels.from({ __name__: `metric_${i}` })));
    }
    await fixture.clock.advance(10 * HOUR);
    await store.maintain();
    const controller = new AbortController();
    const read = store.select(EVERYTHING, controller.signal);
    controller.abort(new Error('the client left'));
    await expect(read).rejects.toThrow('the client left');
    const readWhileClosing = store.select(EVERYTHING);
    await Promise.all([store[Symbol.asyncDispose](), expect(readWhileClosing).rejects.toThrow('the metrics store is closed')]);
  });
});

function damageFirstRow(path: string, table: 'block_rows' | 'wal'): void {
  const database = new DatabaseSync(path);
  const row = database.prepare(`SELECT id, rows FROM ${table} ORDER BY id LIMIT 1`).get();
  const blob = row?.rows;
  if (!(blob instanceof Uint8Array)) {
    throw new Error('nothing to damage');
  }
  const middle = blob.length >> 1;
  blob[middle] = (blob[middle] ?? 0) ^ 0x10;
  database.prepare(`UPDATE ${table} SET rows = ? WHERE id = ?`).run(blob, row?.id ?? 0);
  database.close();
}
