// Instant queries over HTTP that no engine has seen before, against the peers.
import { startFilled } from './load/filled-engines.ts';
import { benchOptions, budget } from './options.ts';
import { compareQueries } from './queries/compare-queries.ts';

const HISTORY_MINUTES = 40;

const { series, rounds, budgetSeconds } = benchOptions();
const isOver = budget(budgetSeconds);
await using stack = new AsyncDisposableStack();
const { engines, endMs } = await startFilled(stack, { series, minutes: HISTORY_MINUTES });
await compareQueries(engines, {
  bench: 'instant',
  what: `${series} series`,
  rounds,
  isOver,
  ask: (engine, expr) => engine.query(expr, endMs),
});
