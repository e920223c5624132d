// Memory at all active series after two hours of samples, sent by remote write with the timestamps of the last two hours.
import { setTimeout as pause } from 'node:timers/promises';
import type { Engine } from './engines/engine.ts';
import { memoryOf } from './engines/processes.ts';
import { reportAgainst } from './figures.ts';
import { startFilled } from './load/filled-engines.ts';
import { benchOptions } from './options.ts';

const MINUTES = 120;
/** Time for what an engine does after the load: collect garbage, merge, cut blocks. */
const SETTLE_MS = 20_000;
const MIB = 2 ** 20;

const { series } = benchOptions();
await using stack = new AsyncDisposableStack();
const { engines, endMs } = await startFilled(stack, { series, minutes: MINUTES });
await pause(SETTLE_MS);
reportMemory('after the load');
for (const engine of engines) {
  await engine.query('sum by (service) (rate(http_requests_total[5m]))', endMs);
  await engine.query('count({__name__=~".+"})', endMs);
}
reportMemory('after two queries');

function reportMemory(moment: string): void {
  for (const kind of ['rss', 'anonymous'] as const) {
    const figure = `${series} active series, ${MINUTES} min, ${moment}, ${kind}`;
    const measured = new Map(engines.map((engine): [Engine, number] => [engine, memoryOf(engine.pid)[kind] / MIB]));
    reportAgainst({ bench: 'memory', figure, unit: 'MiB' }, measured);
  }
}
