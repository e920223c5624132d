// CPU time of 500 rules per evaluation: the same rules, the same live samples; each engine in turn has the rules while the other has none.
import { setTimeout as pause } from 'node:timers/promises';
import { startEngines } from './engines/all-engines.ts';
import type { Engine } from './engines/engine.ts';
import { cpuSeconds } from './engines/processes.ts';
import { median, reportAgainst, rounded, say } from './figures.ts';
import { feedLive } from './load/live-engines.ts';
import { benchRules } from './load/rules.ts';
import { benchOptions } from './options.ts';
import { evaluationMs } from './queries/rule-times.ts';

const INTERVAL_SECONDS = 15;
const HISTORY_MINUTES = 25;
const SETTLE_MS = 25_000;
const TICKS = 4;

const { series, rounds } = benchOptions({ rounds: 2 });
await using stack = new AsyncDisposableStack();
const started = await startEngines(stack, {}, ['Prometheus']);
const { engines, feed } = await feedLive(started, { series, minutes: HISTORY_MINUTES });
stack.use(feed);

const withRules = new Map<Engine, number[]>(engines.map((engine) => [engine, []]));
const without = new Map<Engine, number[]>(engines.map((engine) => [engine, []]));
const durations = new Map<Engine, number>();
for (let round = 0; round < rounds; round += 1) {
  for (const evaluating of engines) {
    await phase(evaluating);
  }
}
const perTick = new Map(
  engines.map((engine): [Engine, number] => [
    engine,
    1000 * (median(withRules.get(engine) ?? []) - median(without.get(engine) ?? [])),
  ]),
);
const what = `500 rules over ${series} series every ${INTERVAL_SECONDS} s`;
reportAgainst({ bench: 'rules', figure: `${what}, CPU per evaluation (with rules less without)`, unit: 'ms' }, perTick);
reportAgainst({ bench: 'rules', figure: `${what}, evaluation time as each engine states it`, unit: 'ms' }, durations);
const idle = new Map(engines.map((engine): [Engine, number] => [engine, 1000 * median(without.get(engine) ?? [])]));
reportAgainst(
  { bench: 'rules', figure: `${series} series by remote write, CPU per ${INTERVAL_SECONDS} s without rules`, unit: 'ms' },
  idle,
);
say(`the feed was late by ${feed.latestMs.toFixed(0)} ms at worst`);

async function phase(evaluating: Engine): Promise<void> {
  for (const engine of engines) {
    await engine.setRules(engine === evaluating ? benchRules(`${INTERVAL_SECONDS}s`) : '');
  }
  await pause(SETTLE_MS);
  const before = new Map(engines.map((engine) => [engine, cpuSeconds(engine.pid)]));
  await pause(TICKS * INTERVAL_SECONDS * 1000);
  for (const engine of engines) {
    const used = (cpuSeconds(engine.pid) - (before.get(engine) ?? 0)) / TICKS;
    (engine === evaluating ? withRules : without).get(engine)?.push(used);
    say(
      `${engine.name} ${engine === evaluating ? 'with' : 'without'} rules: ${rounded(used * 1000)} ms CPU per ${INTERVAL_SECONDS} s`,
    );
  }
  durations.set(evaluating, await evaluationMs(evaluating, INTERVAL_SECONDS));
}
