import { setImmediate } from 'node:timers/promises';
import { Labels } from '../../model/labels.ts';
import { Matcher } from '../../model/matcher.ts';
import { silentLogger } from '../../runtime/logger.ts';
import { openTsdb } from './tsdb.ts';

/**
 * Run by kill-safety.test.ts: appends batches until it is killed, several at once, while it reads, cuts blocks and merges them.
 * Batch `n` is one row of each of SERIES series at time 20 n seconds with value n, so that a few hundred batches are hours. Prints `n` when batch n was acknowledged.
 */
export const SERIES = 20;
const IN_FLIGHT = 4;
export const BATCH_MS = 20_000;

export const batchLabels = Array.from({ length: SERIES }, (_, i) => Labels.from({ __name__: 'batch', series: `${i}` }));

export function batchTime(batch: number): number {
  return batch * BATCH_MS;
}

async function run(folder: string, firstBatch: number): Promise<void> {
  let batch = firstBatch;
  const clock = { now: () => batchTime(batch), after: () => () => undefined };
  const store = await openTsdb({
    folder,
    clock,
    logger: silentLogger,
    hotWindowMs: 20 * BATCH_MS,
    blockRangeMs: 15 * BATCH_MS,
    outOfOrderWindowMs: 20 * BATCH_MS,
  });
  const append = async (): Promise<never> => {
    for (;;) {
      const mine = batch;
      batch += 1;
      const columns = { timestamps: new Float64Array(SERIES).fill(batchTime(mine)), values: new Float64Array(SERIES).fill(mine) };
      await store.append({ source: 'child', rows: { labels: batchLabels, ...columns }, watermarkMs: batchTime(mine) });
      process.stdout.write(`${mine}\n`);
    }
  };
  const read = async (): Promise<never> => {
    for (;;) {
      await store.select({
        matchers: [new Matcher('__name__', '=', 'batch')],
        fromMs: batchTime(batch - 200),
        toMs: batchTime(batch),
      });
      await store.maintain();
      // Neither of them waits for anything when there is nothing to do.
      await setImmediate();
    }
  };
  await Promise.all([...Array.from({ length: IN_FLIGHT }, append), read()]);
}

const [, script = '', folder, firstBatch] = process.argv;
if (script.endsWith('kill-safety.child.ts') && folder !== undefined) {
  await run(folder, Number(firstBatch));
}
