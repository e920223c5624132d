// CPU time of 500 rules per evaluation, over live samples. Two consoles get the same samples at the same time and only one of them has the rules,
// in turns: what the other uses is what the rules do not cost, cutting and merging of blocks included. Beside it stands what the console with the
// rules counts itself, around their evaluation on its main thread. Prometheus has the rules in every second round.
import { setTimeout as pause } from 'node:timers/promises';
import { startEngines } from './engines/all-engines.ts';
import type { Engine } from './engines/engine.ts';
import { cpuSeconds } from './engines/processes.ts';
import { TilaEngine } from './engines/tila-engine.ts';
import { median, percentile, report, reportAgainst, rounded, say } from './figures.ts';
import { feedLive } from './load/live-engines.ts';
import { benchRules } from './load/rules.ts';
import { benchOptions } from './options.ts';
import { ruleCpuSeconds } from './queries/rule-cpu.ts';
import { evaluationMs } from './queries/rule-times.ts';

const INTERVAL_MS = 15_000;
const HISTORY_MINUTES = 25;
const SETTLE_MS = 30_000;
const TICKS = 5;

interface Used {
  /** By engine, milliseconds of CPU of the process for each interval. */
  readonly process: ReadonlyMap<Engine, number>;
  /** By interval, what the console with the rules says of them. */
  readonly counted: readonly number[];
}

const { series, rounds } = benchOptions({ rounds: 4 });
await using stack = new AsyncDisposableStack();
const twin = stack.use(new TilaEngine());
await twin.start();
const { engines, feed } = await feedLive([twin, ...(await startEngines(stack, {}, ['Prometheus']))], {
  series,
  minutes: HISTORY_MINUTES,
});
stack.use(feed);
const consoles = engines.filter((engine) => engine instanceof TilaEngine);
const peers = engines.filter((engine) => !(engine instanceof TilaEngine));

const counted: number[] = [];
const differences: number[] = [];
const withoutRules: number[] = [];
const stated = new Map<Engine, number[]>(engines.map((engine) => [engine, []]));
const peerWith = new Map<Engine, number[]>(peers.map((peer) => [peer, []]));
const peerWithout = new Map<Engine, number[]>(peers.map((peer) => [peer, []]));
for (let round = 0; round < rounds; round += 1) {
  await measure(round);
}
reportAll();

async function measure(round: number): Promise<void> {
  const evaluating = consoles[round % 2];
  const idle = consoles[(round + 1) % 2];
  if (evaluating === undefined || idle === undefined) {
    throw new Error('a console took no samples');
  }
  const peerEvaluates = round % 2 === 0;
  for (const engine of engines) {
    await engine.setRules(engine === evaluating || (peerEvaluates && peers.includes(engine)) ? benchRules('15s') : '');
  }
  await pause(SETTLE_MS);
  const used = await usedIn(evaluating);
  const [mine, theirs] = [used.process.get(evaluating) ?? Number.NaN, used.process.get(idle) ?? Number.NaN];
  counted.push(...used.counted);
  differences.push(mine - theirs);
  withoutRules.push(theirs);
  stated.get(evaluating)?.push(await evaluationMs(evaluating, INTERVAL_MS / 1000));
  say(
    `round ${round + 1}: ${rounded(mine)} ms CPU per 15 s with rules, ${rounded(theirs)} ms without; of the rules ${listOf(used.counted)}`,
  );
  for (const peer of peers) {
    const value = used.process.get(peer) ?? Number.NaN;
    (peerEvaluates ? peerWith : peerWithout).get(peer)?.push(value);
    say(`${peer.name} ${peerEvaluates ? 'with' : 'without'} rules: ${rounded(value)} ms`);
    if (peerEvaluates) {
      stated.get(peer)?.push(await evaluationMs(peer, INTERVAL_MS / 1000));
    }
  }
}

async function usedIn(evaluating: TilaEngine): Promise<Used> {
  const before = new Map(engines.map((engine) => [engine, cpuSeconds(engine.pid)]));
  const seconds = [await ruleCpuSeconds(evaluating)];
  const startedAt = performance.now();
  for (let tick = 1; tick <= TICKS; tick += 1) {
    await pause(startedAt + tick * INTERVAL_MS - performance.now());
    seconds.push(await ruleCpuSeconds(evaluating));
  }
  const process = engines.map((engine): [Engine, number] => [
    engine,
    (1000 * (cpuSeconds(engine.pid) - (before.get(engine) ?? 0))) / TICKS,
  ]);
  return { process: new Map(process), counted: seconds.slice(1).map((value, tick) => 1000 * (value - (seconds[tick] ?? 0))) };
}

function reportAll(): void {
  const bench = 'rules';
  const what = `500 rules over ${series} series every 15 s`;
  const ofPeers = peers.map((peer): [Engine, number] => [
    peer,
    median(peerWith.get(peer) ?? []) - median(peerWithout.get(peer) ?? []),
  ]);
  const against = (figure: string, value: number): void =>
    reportAgainst({ bench, figure: `${what}, ${figure}`, unit: 'ms' }, new Map([[twin, value], ...ofPeers]));
  const alone = (figure: string, value: number): void => report({ bench, figure: `${what}, ${figure}`, value, unit: 'ms' });
  against(
    `CPU per evaluation as the console counts it, median of ${counted.length} (peers: with rules less without)`,
    median(counted),
  );
  alone('of these the highest', Math.max(...counted));
  against(`CPU per evaluation, process with rules less its twin without, median of ${differences.length}`, median(differences));
  alone('of these the lowest', Math.min(...differences));
  alone('of these the highest', Math.max(...differences));
  const statedByOne = new Map<Engine, number>([
    [twin, median(consoles.flatMap((console) => stated.get(console) ?? []))],
    ...peers.map((peer): [Engine, number] => [peer, median(stated.get(peer) ?? [])]),
  ]);
  reportAgainst({ bench, figure: `${what}, evaluation time as each engine states it`, unit: 'ms' }, statedByOne);
  const without = new Map<Engine, number>([
    [twin, median(withoutRules)],
    ...peers.map((peer): [Engine, number] => [peer, median(peerWithout.get(peer) ?? [])]),
  ]);
  reportAgainst({ bench, figure: `${series} series by remote write, CPU per 15 s without rules`, unit: 'ms' }, without);
  say(
    `the feed was late by ${feed.latestMs.toFixed(0)} ms at worst; nearest rank 90 of the counted: ${rounded(percentile(counted, 0.9))} ms`,
  );
}

function listOf(values: readonly number[]): string {
  return `${values.map((value) => value.toFixed(0)).join(', ')} ms`;
}
