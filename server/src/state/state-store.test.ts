import { cpSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { sql } from 'kysely';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openStateStore, type StateDatabase } from './state-store.ts';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tila-state-'));
});

afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

function migrationsOf(files: Readonly<Record<string, string>>): URL {
  for (const [name, text] of Object.entries(files)) {
    writeFileSync(join(folder, name), text);
  }
  return pathToFileURL(`${folder}/`);
}

async function namesOf(database: StateDatabase, query: string): Promise<readonly string[]> {
  const { rows } = await sql<{ name: string }>`${sql.raw(query)}`.execute(database);
  return rows.map(({ name }) => name);
}

const TABLES = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name";
const APPLIED = 'SELECT name FROM migration ORDER BY name';

it('applies every migration of the product, once, and opens again without change', async () => {
  const path = join(folder, 'state.db');
  const known = readdirSync(new URL('./migrations/', import.meta.url)).filter((name) => name.endsWith('.sql'));
  const first = openStateStore(path);
  const tables = await namesOf(first, TABLES);
  expect(await namesOf(first, APPLIED)).toEqual(known.toSorted());
  await first.destroy();
  const second = openStateStore(path);
  expect(await namesOf(second, TABLES)).toEqual(tables);
  await second.destroy();
});

it('applies migrations in the order of their names and only those it lacks', async () => {
  const path = join(folder, 'state.db');
  const migrations = migrationsOf({
    '0002-b.sql': 'ALTER TABLE a ADD COLUMN more TEXT',
    '0001-a.sql': 'CREATE TABLE a (x TEXT)',
  });
  await openStateStore(path, migrations).destroy();
  migrationsOf({ '0003-c.sql': "INSERT INTO a (x, more) VALUES ('kept', 'too')", 'readme.txt': 'not a migration' });
  const database = openStateStore(path, migrations);
  expect(await namesOf(database, APPLIED)).toEqual(['0001-a.sql', '0002-b.sql', '0003-c.sql']);
  expect(await namesOf(database, 'SELECT x AS name FROM a')).toEqual(['kept']);
  await database.destroy();
});

it('rolls a failed migration back whole, keeps the earlier ones, and takes the mended one next time', async () => {
  const path = join(folder, 'state.db');
  const broken = {
    '0001-a.sql': 'CREATE TABLE a (x TEXT)',
    '0002-b.sql': 'CREATE TABLE half (x TEXT); INSERT INTO missing VALUES (1)',
  };
  const migrations = migrationsOf(broken);
  expect(() => openStateStore(path, migrations)).toThrow('state migration 0002-b.sql failed; the database is as it was before');
  migrationsOf({ '0002-b.sql': 'CREATE TABLE whole (x TEXT)' });
  const database = openStateStore(path, migrations);
  expect(await namesOf(database, TABLES)).toEqual(['a', 'migration', 'whole']);
  await database.destroy();
});

it('keeps what was committed when the files are copied from under a running process', async () => {
  const database = openStateStore(join(folder, 'state.db'), migrationsOf({ '0001-a.sql': 'CREATE TABLE a (x TEXT)' }));
  await sql`INSERT INTO a (x) VALUES ('committed')`.execute(database);
  for (const suffix of ['', '-wal']) {
    cpSync(join(folder, `state.db${suffix}`), join(folder, `copy.db${suffix}`));
  }
  const copy = openStateStore(join(folder, 'copy.db'), pathToFileURL(`${folder}/`));
  expect(await namesOf(copy, 'SELECT x AS name FROM a')).toEqual(['committed']);
  await Promise.all([copy.destroy(), database.destroy()]);
});

it('binds what Kysely hands over, and undoes a transaction that throws', async () => {
  const database = openStateStore(':memory:', migrationsOf({ '0001-a.sql': 'CREATE TABLE a (x TEXT, n INTEGER, b BLOB)' }));
  const work = database.transaction().execute(async (transaction) => {
    await sql`INSERT INTO a (x, n, b) VALUES (${'🙂'}, ${null}, ${new Uint8Array([1, 2])})`.execute(transaction);
    throw new Error('changed my mind');
  });
  await expect(work).rejects.toThrow('changed my mind');
  expect(await namesOf(database, 'SELECT x AS name FROM a')).toEqual([]);
  await database.destroy();
});
