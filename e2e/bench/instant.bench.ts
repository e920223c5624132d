// Instant queries over HTTP that no engine has seen before, against the peers.
import { startFilled } from './load/filled-engines.ts';
import { benchOptions, budget } from './options.ts';
import { compareQueries } from './queries/compare-queries.ts';

const HISTORY_MINUTES = 40;

const { series, rounds, budgetSeconds } = benchOptions({ budgetSeconds: 150 });
await using stack = new AsyncDisposableStack();
const { engines, endMs } = await startFilled(stack, { series, minutes: HISTORY_MINUTES });
const isOver = budget(budgetSeconds);
await compareQueries(engines, {
  bench: 'instant',
  what: `${series} series`,
  rounds,
  isOver,
  ask: (engine, expr) => engine.query(expr, endMs),
});
