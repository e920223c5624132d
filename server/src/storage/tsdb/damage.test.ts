import { spawnSync } from 'node:child_process';
import { closeSync, mkdirSync, openSync, renameSync, rmSync, statSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it } from 'vitest';
import { Labels } from '../../model/labels.ts';
import { appendRows, readAll } from '../../model/series-store.contract.ts';
import type { Logger } from '../../runtime/logger.ts';
import { silentLogger } from '../../runtime/logger.ts';
import { MIGRATIONS } from './migrations.ts';
import { START_MS, TsdbFixture } from './tsdb.fixture.ts';
import type { Tsdb } from './tsdb.ts';
import { DiskFullError } from './tsdb-database.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const EVERYTHING = { matchers: [], fromMs: 0, toMs: Number.MAX_SAFE_INTEGER };
const METRICS = 400;
const PAGE_BYTES = 4096;

interface Logged {
  readonly fields: Readonly<Record<string, unknown>>;
  readonly message: string;
}

function recordingLogger(): { readonly logger: Logger; readonly errors: Logged[] } {
  const errors: Logged[] = [];
  const error = (fields: Readonly<Record<string, unknown>>, message: string) => errors.push({ fields, message });
  // Only errors matter here.
  return { logger: { ...silentLogger, error } as unknown as Logger, errors };
}

/** A store with a block for each of many metrics; its file afterwards is one file, without a write-ahead log beside it. */
async function blocksOf(fixture: TsdbFixture): Promise<string> {
  const store = await fixture.open();
  const metrics = Array.from({ length: METRICS }, (_, i) => Labels.from({ __name__: `metric_${i}` }));
  await appendRows(
    store,
    metrics.flatMap((labels, i) => [0, 1, 2].map((t) => ({ labels, at: START_MS + t * MINUTE, value: i + t }))),
  );
  await fixture.clock.advance(3 * HOUR);
  await store.maintain();
  await store[Symbol.asyncDispose]();
  return join(fixture.folder, 'metrics.db');
}

async function readable(store: Tsdb): Promise<number> {
  return Object.values(await readAll(store, EVERYTHING)).filter(({ length }) => length === 3).length;
}

/** The pages of a table or index, its leaves last. */
function pagesOf(path: string, name: string): readonly number[] {
  using database = new DatabaseSync(path, { readOnly: true });
  const rows = database.prepare('SELECT pageno FROM dbstat WHERE name = ? ORDER BY pagetype, pageno').all(name);
  return rows.map((row) => Number(row.pageno));
}

function kindsOf(path: string, name: string): Partial<Record<string, number[]>> {
  using database = new DatabaseSync(path, { readOnly: true });
  const rows = database.prepare('SELECT pagetype, pageno FROM dbstat WHERE name = ? ORDER BY path').all(name);
  const byKind = Map.groupBy(rows, ({ pagetype }) => String(pagetype));
  return Object.fromEntries([...byKind].map(([kind, same]) => [kind, same.map(({ pageno }) => Number(pageno))]));
}

function overwritePage(path: string, page: number): void {
  const file = openSync(path, 'r+');
  writeSync(file, new Uint8Array(PAGE_BYTES).fill(0xa5), 0, PAGE_BYTES, (page - 1) * PAGE_BYTES);
  closeSync(file);
}

describe('a damaged blob', () => {
  it.for([
    { why: 'a flipped bit in the middle', damage: (blob: Uint8Array) => flipped(blob, blob.length >> 1) },
    { why: 'a flipped bit at the start', damage: (blob: Uint8Array) => flipped(blob, 0) },
    { why: 'a flipped bit at the end', damage: (blob: Uint8Array) => flipped(blob, blob.length - 1) },
    { why: 'half of it gone', damage: (blob: Uint8Array) => blob.slice(0, blob.length >> 1) },
    { why: 'all of it gone', damage: () => new Uint8Array() },
    { why: 'its row gone', damage: () => null },
  ])('is named once with metric and time, counted and left out: $why', async ({ damage }) => {
    const { logger, errors } = recordingLogger();
    await using fixture = new TsdbFixture({ logger });
    damageBlob(await blocksOf(fixture), damage);
    const store = await fixture.open();
    expect(await readable(store)).toBe(METRICS - 1);
    expect(await readable(store)).toBe(METRICS - 1);
    expect(store.stats().damagedBlocks).toBe(1);
    expect(errors).toHaveLength(1);
    expect(errors[0]?.fields).toMatchObject({ metric: 'metric_0', fromMs: START_MS, toMs: START_MS + 2 * MINUTE });
    await fixture.clock.advance(24 * HOUR);
    await store.maintain();
    expect(await readable(store), 'maintenance goes on around it').toBe(METRICS - 1);
  });
});

function flipped(blob: Uint8Array, at: number): Uint8Array {
  return blob.map((byte, i) => (i === at ? byte ^ 0x10 : byte));
}

function damageBlob(path: string, damage: (blob: Uint8Array) => Uint8Array | null): void {
  using database = new DatabaseSync(path);
  const row = database.prepare('SELECT id, rows FROM block_rows ORDER BY id LIMIT 1').get();
  // The schema says so.
  const damaged = damage(row?.rows as Uint8Array);
  if (damaged === null) {
    database.prepare('DELETE FROM block_rows WHERE id = ?').run(row?.id ?? 0);
  } else {
    database.prepare('UPDATE block_rows SET rows = ? WHERE id = ?').run(damaged, row?.id ?? 0);
  }
}

describe('a torn page', () => {
  it.for([
    { table: 'block', page: 'leaf', lost: 0, why: 'the index knows the same places' },
    { table: 'block', page: 'root', lost: 0, why: 'the index knows the same places' },
    { table: 'block_by_metric', page: 'leaf', lost: 0, why: 'the table knows more' },
    { table: 'block_by_metric', page: 'root', lost: 0, why: 'the table knows more' },
    { table: 'block_rows', page: 'leaf', lost: 50, why: 'only the blobs on that page are lost' },
    { table: 'block_rows', page: 'last leaf', lost: 50, why: 'new blobs go to a new table' },
    { table: 'block_rows', page: 'root', lost: METRICS, why: 'what comes is kept' },
  ] as const)('of $table ($page) does not keep the store from opening: $why', async ({ table, page, lost }) => {
    const { logger, errors } = recordingLogger();
    await using fixture = new TsdbFixture({ logger });
    const path = await blocksOf(fixture);
    const pages = pagesOf(path, table);
    const torn = { root: pages[0], leaf: pages.at(pages.length >> 1), 'last leaf': pages.at(-1) }[page];
    expect(pages.length).toBeGreaterThan(2);
    overwritePage(path, torn ?? 0);
    let store = await fixture.open();
    const left = await readable(store);
    expect(left).toBeGreaterThanOrEqual(METRICS - lost);
    expect(left).toBeLessThanOrEqual(lost === 0 ? METRICS : METRICS - 1);
    expect(errors.length).toBeGreaterThan(0);
    expect(
      await appendRows(store, [{ labels: Labels.from({ __name__: 'new' }), at: fixture.clock.now(), value: 1 }]),
    ).toMatchObject({ accepted: 1 });
    await fixture.clock.advance(6 * HOUR);
    await store.maintain();
    store = await fixture.reopen();
    expect(await readable(store)).toBe(left);
    expect(Object.keys(await readAll(store, EVERYTHING)), 'what came later was cut as ever').toContain('new');
    expect(store.stats().headSamples).toBe(0);
  });

  it.for([
    { page: 'leaf', lost: 200, why: 'the series on that page are lost' },
    { page: 'last leaf', lost: 200, why: 'keys of lost series are not given again' },
  ] as const)('of series ($page) does not keep the store from opening: $why', async ({ page, lost }) => {
    const { logger, errors } = recordingLogger();
    await using fixture = new TsdbFixture({ logger });
    const path = await blocksOf(fixture);
    const pages = pagesOf(path, 'series');
    expect(pages.length).toBeGreaterThan(3);
    overwritePage(path, (page === 'leaf' ? pages[1 + (pages.length >> 1)] : pages.at(-1)) ?? 0);
    let store = await fixture.open();
    const left = await readable(store);
    expect(left).toBeGreaterThanOrEqual(METRICS - lost);
    expect(left).toBeLessThan(METRICS);
    expect(errors[0]?.fields).toMatchObject({ table: 'series', lost: [expect.stringMatching(/^\d+-\d+$/)] });
    const back = Array.from({ length: METRICS }, (_, i) => Labels.from({ __name__: `metric_${i}`, again: 'yes' }));
    const at = fixture.clock.now();
    expect(
      await appendRows(
        store,
        back.map((labels) => ({ labels, at, value: 7 })),
      ),
    ).toMatchObject({ accepted: METRICS });
    store = await fixture.reopen();
    await fixture.clock.advance(6 * HOUR);
    await store.maintain();
    const points = Object.entries(await readAll(store, EVERYTHING));
    expect(points.filter(([labels]) => labels.includes('again')).map(([, rows]) => rows.length)).toEqual(back.map(() => 1));
    expect(await readable(store), "old blocks are nobody else's").toBe(left);
  });

  it.for([
    { page: 'leaf', isAll: false },
    { page: 'last leaf', isAll: false },
    { page: 'overflow', isAll: false },
    { page: 'root', isAll: true },
  ] as const)('of the log ($page) costs the commits on it, and the rest is cut as ever', async ({ page, isAll }) => {
    const { logger, errors } = recordingLogger();
    await using fixture = new TsdbFixture({ logger });
    let store = await fixture.open();
    const metrics = Array.from({ length: METRICS }, (_, i) => Labels.from({ __name__: `metric_${i}` }));
    const COMMITS = 60;
    for (let i = 0; i < COMMITS; i += 1) {
      // A random time makes rows that cannot be told in few bytes.
      const rows = metrics.map((labels, row) => ({
        labels,
        at: START_MS + i * MINUTE + ((row * 7919) % 60_000),
        value: Math.sin(row * i),
      }));
      await appendRows(store, i % 3 === 0 ? rows.slice(0, 5) : rows);
    }
    await store[Symbol.asyncDispose]();
    const path = join(fixture.folder, 'metrics.db');
    const { leaf = [], overflow = [], internal = [] } = kindsOf(path, 'wal');
    const torn = {
      root: internal[0],
      leaf: leaf[leaf.length >> 1],
      'last leaf': leaf.at(-1),
      overflow: overflow[overflow.length >> 1],
    };
    overwritePage(path, torn[page] ?? 0);
    const whole = METRICS * 40 + 5 * 20;
    const samples = async () => Object.values(await readAll(store, EVERYTHING)).reduce((sum, rows) => sum + rows.length, 0);
    store = await fixture.open();
    const left = await samples();
    expect(left).toBeLessThan(whole);
    expect(left).toBeGreaterThanOrEqual(isAll ? 0 : whole / 2);
    expect(store.stats().damagedWalRows).toBeGreaterThan(0);
    // A page in the middle of a row may be read and hold something else.
    expect(errors.at(-1)?.fields).toMatchObject(page === 'overflow' ? { walRow: expect.any(Number) } : { table: 'wal' });
    const at = START_MS + 2 * HOUR;
    await appendRows(store, [{ labels: Labels.from({ __name__: 'new' }), at, value: 1 }]);
    await fixture.clock.advance(6 * HOUR);
    await store.maintain();
    expect(store.stats().headSamples).toBe(0);
    store = await fixture.reopen();
    expect(await samples()).toBe(left + 1);
    expect(store.stats().damagedWalRows).toBe(0);
  });

  it('at the top of the table of series, where nothing of it can be found, is told with the way to mend it', async () => {
    await using fixture = new TsdbFixture();
    const path = await blocksOf(fixture);
    overwritePage(path, pagesOf(path, 'series')[0] ?? 0);
    await expect(fixture.open()).rejects.toThrow('put a backup in its place, or move it away');
  });

  it('of the schema is told with the way to mend it', async () => {
    await using fixture = new TsdbFixture();
    overwritePage(await blocksOf(fixture), 1);
    await expect(fixture.open()).rejects.toThrow(
      /metrics\.db is damaged so that it cannot be opened: put a backup in its place, or move it away/,
    );
  });
});

describe('a full disk', () => {
  /** The disk as SQLite sees it when the file may not grow. */
  async function expectRecovery(
    fixture: TsdbFixture,
    disk: { readonly fill: () => void; readonly free: () => void },
  ): Promise<void> {
    const store = await fixture.open();
    const rows = (from: number) =>
      Array.from({ length: 2000 }, (_, i) => ({
        labels: Labels.from({ __name__: 'x', i: `${from + i}` }),
        at: START_MS,
        value: Math.random(),
      }));
    await appendRows(store, rows(0));
    disk.fill();
    let stored = 2000;
    let error: unknown;
    for (let tries = 0; error === undefined && tries < 1000; tries += 1) {
      const { accepted } = await appendRows(store, rows(stored)).catch((reason: unknown) => {
        error = reason;
        return { accepted: 0 };
      });
      stored += accepted;
    }
    expect(error).toBeInstanceOf(DiskFullError);
    expect(String(error)).toContain('no space left for');
    expect(store.stats()).toMatchObject({ series: stored, headSamples: stored, failedCommits: 1 });
    expect(Object.keys(await readAll(store, EVERYTHING)), 'reads go on').toHaveLength(stored);
    disk.free();
    expect(await appendRows(store, rows(stored))).toMatchObject({ accepted: 2000 });
    await fixture.clock.advance(5 * HOUR);
    await store.maintain();
    expect(Object.keys(await readAll(await fixture.reopen(), EVERYTHING))).toHaveLength(stored + 2000);
  }

  it('refuses appends with nothing stored, answers reads, and takes rows again once there is space', async ({ skip }) => {
    await using fixture = new TsdbFixture();
    const folder = join(fixture.folder, 'disk');
    mkdirSync(folder);
    const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=4m', 'tmpfs', folder]);
    if (mounted.status !== 0) {
      skip('mounting a small disk needs root');
    }
    try {
      await using onDisk = new TsdbFixture({ folder });
      const ballast = join(folder, 'ballast');
      await expectRecovery(onDisk, { fill: () => fillDisk(ballast), free: () => rmSync(ballast) });
    } finally {
      spawnSync('umount', ['-l', folder]);
    }
  });
});

/** Leaves about 100 KB. */
function fillDisk(path: string): void {
  const file = openSync(path, 'w');
  const chunk = new Uint8Array(64 * 1024).fill(1);
  try {
    for (;;) {
      writeSync(file, chunk);
    }
  } catch {
    // The disk is full, which was wanted.
  } finally {
    closeSync(file);
  }
  const { size } = statSync(path);
  writeFileSync(path, new Uint8Array(Math.max(size - 400 * 1024, 0)));
}

describe('migration', () => {
  it('brings a file of format 1 to the newest, with its rows', async () => {
    await using fixture = new TsdbFixture();
    const path = await blocksOf(fixture);
    const downgraded = join(fixture.folder, 'old.db');
    writeFormat1(path, downgraded);
    renameSync(downgraded, path);
    const store = await fixture.open();
    expect(await readable(store)).toBe(METRICS);
    expect(store.stats()).toMatchObject({ blocks: METRICS, damagedBlocks: 0 });
    await fixture.clock.advance(24 * HOUR);
    await store.maintain();
    expect(await readable(await fixture.reopen())).toBe(METRICS);
    using database = new DatabaseSync(path, { readOnly: true });
    expect(database.prepare('PRAGMA user_version').get()).toEqual({ user_version: MIGRATIONS.at(-1)?.format });
  });

  it('lists formats in order, each once', () => {
    expect(MIGRATIONS.map(({ format }) => format)).toEqual(MIGRATIONS.map((_, i) => i + 1));
  });
});

/** Copies a store into a file as the first format had it. */
function writeFormat1(from: string, to: string): void {
  using database = new DatabaseSync(to);
  database.exec(`PRAGMA auto_vacuum = INCREMENTAL; ${MIGRATIONS[0]?.sql}; PRAGMA user_version = 1; ATTACH '${from}' AS newer;`);
  for (const table of ['source', 'series', 'other_source', 'metadata', 'wal', 'metric']) {
    database.exec(`INSERT INTO main.${table} SELECT * FROM newer.${table}`);
  }
  database.exec(
    `INSERT INTO main.block SELECT id, metric, min_ms, max_ms, min_ref, max_ref, bytes, rows
     FROM newer.block JOIN newer.block_rows USING (id)`,
  );
}
