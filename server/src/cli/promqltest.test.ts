import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { main } from './main.ts';

let folder: string;
let printed: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tila-promqltest-'));
  printed = '';
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

function run(script: string): Promise<number> {
  writeFileSync(join(folder, 'a.test'), script);
  const print = (text: string): void => {
    printed += text;
  };
  return main(['promqltest', 'a.test'], { write: print, writeError: print, env: {}, cwd: folder });
}

it('names every failure with its line and goes on', async () => {
  const script =
    'load 1m\n m 1 2\n\neval instant at 1m m\n m 3\n\nload soon\n\neval instant at 1m m anchored\n\neval instant at 1m m\n m 2';
  expect(await run(script)).toBe(1);
  expect(printed.trimEnd().split('\n')).toEqual([
    'FAIL a.test:4: m: m at 60000 ms: expected 3, got 2',
    'FAIL a.test:7: load soon: invalid duration soon',
    'skipped 1: experimental: anchored modifier is experimental and not enabled',
    '1 passed, 2 failed, 1 skipped',
  ]);
});

it('exits with 0 when nothing failed', async () => {
  expect(await run('eval instant at 0 1 + 1\n 2')).toBe(0);
  expect(printed).toBe('1 passed, 0 failed, 0 skipped\n');
});

it('says in words that a script is not there', async () => {
  const print = (text: string): void => {
    printed += text;
  };
  expect(await main(['promqltest', 'b.test'], { write: print, writeError: print, env: {}, cwd: folder })).toBe(1);
  expect(printed).toMatch(/b\.test does not exist; check its name/);
});
