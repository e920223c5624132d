// kill -9 while samples come in, started again: how long until the first query answers.
import { setTimeout as pause } from 'node:timers/promises';
import type { Engine } from './engines/engine.ts';
import { median, reportAgainst, say } from './figures.ts';
import { fill } from './load/fill.ts';
import { type Filled, startFilled } from './load/filled-engines.ts';
import { benchOptions } from './options.ts';

const MINUTES = 60;
const SLOTS = 4;
const UNDER_WAY_MS = 500;
const LONGEST_MS = 120_000;
/** VictoriaMetrics writes to disk every five seconds and keeps no log. */
const ON_DISK_MS = 8000;
const QUERY = 'count(up)';

const { series, rounds } = benchOptions({ rounds: 3 });
await using stack = new AsyncDisposableStack();
const filled = await startFilled(stack, { series, minutes: MINUTES });
await pause(ON_DISK_MS);
const times = new Map<Engine, number[]>(filled.engines.map((engine) => [engine, []]));
for (let round = 0; round < rounds; round += 1) {
  await killUnderLoad(filled, filled.slots + SLOTS * round);
  for (const engine of filled.engines) {
    times.get(engine)?.push(await startToAnswer(engine, filled.endMs));
  }
  say(`start: round ${round + 1} done`);
}
reportAgainst(
  {
    bench: 'start',
    figure: `kill -9 under load to the first answer, ${series} series, ${MINUTES} min, median of ${rounds}`,
    unit: 's',
  },
  new Map([...times].map(([engine, all]) => [engine, median(all)])),
);

/** All are killed in the middle of a batch of the next minute. */
async function killUnderLoad({ engines, population, encoder }: Filled, fromSlot: number): Promise<void> {
  const sending = fill(engines, { population, encoder, fromSlot, toSlot: fromSlot + SLOTS, slotsPerRequest: 1, quietly: true });
  await pause(UNDER_WAY_MS);
  for (const engine of engines) {
    await engine.kill();
  }
  await sending;
}

async function startToAnswer(engine: Engine, atMs: number): Promise<number> {
  const startedAt = performance.now();
  await engine.start();
  while (performance.now() < startedAt + LONGEST_MS) {
    const answer = await engine.query(QUERY, atMs).catch(() => undefined);
    if (/"value":\[[^,]+,"[1-9]/.test(answer?.body.toString() ?? '')) {
      return (performance.now() - startedAt) / 1000;
    }
    await pause(20);
  }
  say(`${engine.name} answers nothing after ${LONGEST_MS / 1000} s: it has lost what it was sent`);
  return Number.POSITIVE_INFINITY;
}
