import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { Matcher } from '../../model/matcher.ts';
import { BATCH_MS, batchLabels, batchTime, SERIES } from './kill-safety.child.ts';
import { TsdbFixture } from './tsdb.fixture.ts';
import type { Tsdb } from './tsdb.ts';

/** More of them on request: `TILA_KILLS=100 npx vitest run kill-safety`. */
const KILLS = Number(process.env.TILA_KILLS ?? 20);
const CHILD = fileURLToPath(new URL('./kill-safety.child.ts', import.meta.url));

/** Lets a child append from `firstBatch` on until it has been killed after `acks` acknowledgements; the batches it acknowledged. */
async function appendUntilKilled(folder: string, firstBatch: number, acks: number): Promise<readonly number[]> {
  const child = spawn(process.execPath, [CHILD, folder, `${firstBatch}`], { stdio: ['ignore', 'pipe', 'inherit'] });
  const exited = once(child, 'exit');
  const acknowledged: number[] = [];
  for await (const line of createInterface({ input: child.stdout })) {
    acknowledged.push(Number(line));
    if (acknowledged.length === acks) {
      child.kill('SIGKILL');
    }
  }
  expect(await exited).toEqual([null, 'SIGKILL']);
  return acknowledged;
}

async function expectBatches(store: Tsdb, acknowledged: ReadonlySet<number>): Promise<void> {
  const found = await store.select({
    matchers: [new Matcher('__name__', '=', 'batch')],
    fromMs: 0,
    toMs: Number.MAX_SAFE_INTEGER,
  });
  expect(found).toHaveLength(SERIES);
  for (const { labels, timestamps, values } of found) {
    const stored = new Set(values);
    const lost = [...acknowledged].filter((batch) => !stored.has(batch));
    expect(lost, labels.toString()).toEqual([]);
    const isWhole = timestamps.every((at, i) => at === batchTime(values[i] ?? -1) && (i === 0 || at > (timestamps[i - 1] ?? at)));
    expect(isWhole, `${labels} has strictly rising times and the values that were written`).toBe(true);
  }
}

it(`loses nothing acknowledged in ${KILLS} kills while it appends, reads, cuts blocks and merges them`, {
  timeout: 3_000 * KILLS,
}, async () => {
  await using fixture = new TsdbFixture();
  const acknowledged = new Set<number>();
  let firstBatch = 1;
  for (let kill = 0; kill < KILLS; kill += 1) {
    // Killed after a random number of acknowledgements, so at a random point of append, cut, merge or checkpoint.
    for (const batch of await appendUntilKilled(fixture.folder, firstBatch, 1 + Math.floor(Math.random() * 250))) {
      acknowledged.add(batch);
    }
    // The clock stands at 2023, so that nothing here is cut: what the child cut, and nothing else, is in blocks.
    const store = await fixture.open();
    await expectBatches(store, acknowledged);
    const watermark = (await store.watermark('child')) ?? 0;
    expect(watermark).toBeGreaterThanOrEqual(batchTime(Math.max(...acknowledged)));
    expect(store.stats()).toMatchObject({ damagedBlocks: 0, damagedWalRows: 0 });
    firstBatch = watermark / BATCH_MS + 1;
    await store[Symbol.asyncDispose]();
  }
  const store = await fixture.open();
  // How many blocks that makes depends on where the kills fell between merges.
  expect(store.stats().blockSamples).toBeGreaterThan(1_000);
  expect([...(await store.sources([]))]).toEqual(['child']);
  expect(batchLabels).toHaveLength(SERIES);
});
