import { copyFileSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, it } from 'vitest';
import { Labels } from '../../model/labels.ts';
import { appendRows, matcher, readAll } from '../../model/series-store.contract.ts';
import type { Logger } from '../../runtime/logger.ts';
import { silentLogger } from '../../runtime/logger.ts';
import { DataFolderInUseError } from './data-folder-lock.ts';
import { ReplayThread } from './replay-thread.ts';
import { START_MS, TsdbFixture } from './tsdb.fixture.ts';
import { openTsdb, type Tsdb } from './tsdb.ts';
import { TsdbFormatError } from './tsdb-database.ts';
import { TsdbOpening } from './tsdb-opening.ts';

const MINUTE = 60_000;
const EVERYTHING = { matchers: [], fromMs: 0, toMs: Number.MAX_SAFE_INTEGER };
/** Any store is worth a thread. */
const ON_A_THREAD = 0;

const series = Array.from({ length: 20 }, (_, i) => Labels.from({ __name__: 'up', instance: `${i}` }));
const alone = Labels.from({ __name__: 'load' });

/** A slot of all series, with a hole in it. */
function slot(minute: number) {
  return series
    .filter((_, i) => i !== minute)
    .map((labels, i) => ({ labels, at: START_MS + minute * MINUTE, value: i - minute }));
}

/** Groups with holes, rows of their own, rows that came late, rows in blocks and deleted ones. */
async function fill(fixture: TsdbFixture): Promise<Tsdb> {
  const store = await fixture.open();
  for (let minute = 0; minute < 60; minute += 1) {
    await appendRows(store, slot(minute));
  }
  await appendRows(store, [{ labels: alone, at: START_MS + MINUTE, value: 7 }]);
  await appendRows(store, [{ labels: series[3] ?? alone, at: START_MS + 55 * MINUTE + 1, value: 8 }]);
  await fixture.clock.advance(60 * MINUTE);
  await store.maintain();
  await appendRows(store, slot(61));
  const deleted = { matchers: [matcher('instance', '=', '5')], fromMs: START_MS + 50 * MINUTE, toMs: START_MS + 53 * MINUTE };
  await store.deleteSeries(deleted);
  return store;
}

function reopen(fixture: TsdbFixture, logger: Logger = silentLogger): Promise<Tsdb> {
  const { clock, folder } = fixture;
  return openTsdb({ folder, clock, logger, gatherMs: 0, opening: new TsdbOpening(folder, ON_A_THREAD) });
}

it('has the same samples when another thread has read the log, and takes further ones', async () => {
  await using fixture = new TsdbFixture();
  const before = await fill(fixture);
  const samples = await readAll(before, EVERYTHING);
  const { headSamples, groups } = before.stats();
  await before[Symbol.asyncDispose]();
  await using store = await reopen(fixture);
  expect(await readAll(store, EVERYTHING)).toEqual(samples);
  expect(store.stats()).toMatchObject({ headSamples, groups, damagedWalRows: 0 });
  // Rows that are there already, a late one, and new ones.
  expect(await appendRows(store, slot(61))).toMatchObject({ accepted: 20 });
  await appendRows(store, [{ labels: alone, at: START_MS + 59 * MINUTE, value: 9 }, ...slot(62)]);
  expect((await readAll(store, EVERYTHING))[series[7]?.toString() ?? '']).toEqual([
    ...(samples[series[7]?.toString() ?? ''] ?? []),
    `${START_MS + 62 * MINUTE}=${7 - 62}`,
  ]);
  expect(store.stats().groups).toBe(groups);
});

it('says which row of the log was damaged', async () => {
  await using fixture = new TsdbFixture();
  await (await fill(fixture))[Symbol.asyncDispose]();
  using database = new DatabaseSync(join(fixture.folder, 'metrics.db'));
  database.exec("UPDATE wal SET rows = x'00' WHERE id = (SELECT max(id) FROM wal)");
  database.close();
  const errors: unknown[] = [];
  // Only errors matter here.
  const logger = { ...silentLogger, error: (fields: unknown) => errors.push(fields) } as unknown as Logger;
  await using store = await reopen(fixture, logger);
  expect(errors).toMatchObject([{ walRow: expect.any(Number), err: expect.any(Error) }]);
  expect(store.stats().damagedWalRows).toBe(1);
  expect(Object.keys(await readAll(store, EVERYTHING))).toHaveLength(21);
});

it('fails as without a thread, and gives the folder back', async () => {
  await using fixture = new TsdbFixture();
  await (await fill(fixture))[Symbol.asyncDispose]();
  using database = new DatabaseSync(join(fixture.folder, 'metrics.db'));
  database.exec('PRAGMA user_version = 99');
  database.close();
  await expect(reopen(fixture)).rejects.toThrow(TsdbFormatError);
  await expect(reopen(fixture)).rejects.toThrow(TsdbFormatError);
});

it('can be opened at any time after another thread has read the log of a killed process', async () => {
  await using fixture = new TsdbFixture();
  const killed = await fill(fixture);
  const samples = await readAll(killed, EVERYTHING);
  using copy = new DisposableStack();
  const folder = copy.adopt(mkdtempSync(join(tmpdir(), 'tila-opening-')), (path) => rmSync(path, { recursive: true }));
  for (const file of ['metrics.db', 'metrics.db-wal']) {
    copyFileSync(join(fixture.folder, file), join(folder, file));
  }
  const path = join(folder, 'metrics.db');
  await using thread = new ReplayThread(path);
  const { damaged } = await thread.head;
  expect(damaged).toEqual([]);
  for (let again = 0; again < 20; again += 1) {
    using database = new DatabaseSync(path, { timeout: 0 });
    expect(database.prepare('SELECT count(*) AS n FROM series').get()).toEqual({ n: 21 });
  }
  expect(existsSync(`${path}-wal`), 'it was not the last one to close the file').toBe(true);
  await using store = await openTsdb({ folder, clock: fixture.clock, logger: silentLogger, gatherMs: 0 });
  expect(await readAll(store, EVERYTHING)).toEqual(samples);
});

it('locks the folder from its beginning to its end', async () => {
  await using fixture = new TsdbFixture();
  {
    await using _opening = new TsdbOpening(fixture.folder);
    expect(() => new TsdbOpening(fixture.folder)).toThrow(DataFolderInUseError);
  }
  await using _store = await fixture.open();
});
