// Range queries over HTTP against the peers: an hour at 15 s of all series; a day at a minute of fewer, since a day of 100,000 is 576 million samples.
import { startFilled } from './load/filled-engines.ts';
import { benchOptions, budget } from './options.ts';
import { compareQueries } from './queries/compare-queries.ts';

const HOUR_MS = 3_600_000;
const DAY_SHARE = 50;

const { series, rounds, budgetSeconds } = benchOptions({ rounds: 3, budgetSeconds: 240 });

async function hour(): Promise<void> {
  await using stack = new AsyncDisposableStack();
  const { engines, endMs } = await startFilled(stack, { series, minutes: 75 });
  const isOver = budget(budgetSeconds * 0.6);
  await compareQueries(engines, {
    bench: 'range',
    what: `1 h at 15 s of ${series} series`,
    rounds,
    isOver,
    ask: (engine, expr) => engine.queryRange(expr, { startMs: endMs - HOUR_MS, endMs, stepMs: 15_000 }),
  });
}

async function day(): Promise<void> {
  await using stack = new AsyncDisposableStack();
  const some = Math.ceil(series / DAY_SHARE);
  const { engines, endMs } = await startFilled(stack, { series: some, minutes: 24 * 60 + 15 });
  const isOver = budget(budgetSeconds * 0.4);
  await compareQueries(engines, {
    bench: 'range',
    what: `24 h at 1 min of ${some} series`,
    rounds,
    isOver,
    ask: (engine, expr) => engine.queryRange(expr, { startMs: endMs - 24 * HOUR_MS, endMs, stepMs: 60_000 }),
  });
}

await hour();
await day();
