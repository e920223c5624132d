// What each thing costs at 10,000, 100,000 and 500,000 series, and one tick of the rules against how much history is stored. After each size
// stands what a series (or a sample) costs there, divided by what it cost at the size before: above 1 it grows faster than the series.
import { setTimeout as pause } from 'node:timers/promises';
import { startEngines } from './engines/all-engines.ts';
import type { Engine } from './engines/engine.ts';
import { cpuSeconds, memoryOf } from './engines/processes.ts';
import { TilaEngine } from './engines/tila-engine.ts';
import { median, report, reportAgainst, rounded, say } from './figures.ts';
import { feedLive } from './load/live-engines.ts';
import type { LiveFeed } from './load/live-feed.ts';
import { STEP_MS } from './load/population.ts';
import { benchRules } from './load/rules.ts';
import { benchOptions, budget } from './options.ts';
import { ruleCpuSeconds } from './queries/rule-cpu.ts';

const SIZES = [10_000, 100_000, 500_000];
const MINUTES = 10;
/** Intervals in which only samples come. */
const QUIET_INTERVALS = 3;
const TICKS = 3;
/** Rules are loaded, and asked for the first time. */
const SETTLE_MS = 35_000;
const HISTORY_SERIES = 10_000;
const HISTORY_MINUTES = [30, 360];
const HISTORY_TICKS = 6;
const LONGEST_START_MS = 120_000;
const EXPRESSIONS = [
  'sum by (service) (rate(http_requests_total[5m]))',
  'histogram_quantile(0.99, sum by (le, service) (rate(http_request_duration_seconds_bucket[5m])))',
  'avg_over_time(cpu_usage_ratio[10m]) > 0.9',
  'mem_used_bytes / on (service, instance) mem_limit_bytes > 0.95',
];

interface Cost {
  readonly what: string;
  readonly unit: string;
  /** What one series or sample costs, in any unit. */
  readonly each: (value: number, series: number) => number;
}

const PER_SERIES = (value: number, series: number): number => value / series;
const AS_IT_IS = (value: number): number => value;
const TICK: Cost = { what: 'rules, CPU of a tick of 500 as counted', unit: 'ms', each: PER_SERIES };
const INGEST: Cost = { what: 'remote write, CPU a sample', unit: 'µs', each: AS_IT_IS };
const MEMORY: Cost = { what: 'anonymous memory a series', unit: 'KiB', each: AS_IT_IS };
const DISK: Cost = { what: 'disk a sample, log included', unit: 'B', each: AS_IT_IS };
const INSTANT: Cost = { what: 'instant queries, mean of four', unit: 'ms', each: PER_SERIES };
const RANGE: Cost = { what: `ranges of ${MINUTES} min, mean of four`, unit: 'ms', each: PER_SERIES };
const START: Cost = { what: 'kill -9 to the first answer', unit: 's', each: PER_SERIES };

const { series: largest, rounds, budgetSeconds } = benchOptions({ series: 500_000, rounds: 3, budgetSeconds: 900 });
const isOver = budget(budgetSeconds);
const before = new Map<string, { readonly series: number; readonly each: number }>();
await tickByHistory();
for (const series of SIZES.filter((size) => size <= largest)) {
  if (!isOver()) {
    await measure(series);
  }
}

async function measure(series: number): Promise<void> {
  const startedAt = performance.now();
  await using stack = new AsyncDisposableStack();
  const { engines, feed } = await feedLive(await startEngines(stack, {}, ['Prometheus']), { series, minutes: MINUTES });
  stack.use(feed);
  const tila = engines.find((engine) => engine instanceof TilaEngine);
  if (tila === undefined) {
    say(`growth: ${series} series are more than Tila takes here`);
    return;
  }
  const filledAt = performance.now();
  await whileSamplesCome(series, { tila, engines });
  await feed[Symbol.asyncDispose]();
  const stored = series * (4 * MINUTES + 4 * ((performance.now() - filledAt) / 60_000));
  tell(series, DISK, new Map([[tila, tila.bytesOnDisk / stored]]));
  await askAll(series, engines, feed);
  await restartAll(series, engines);
  say(
    `growth: ${series} series done in ${((performance.now() - startedAt) / 1000).toFixed(0)} s, the feed late by ${feed.latestMs.toFixed(0)} ms at worst`,
  );
}

/** Samples alone first, then with rules. */
async function whileSamplesCome(
  series: number,
  { tila, engines }: { readonly tila: TilaEngine; readonly engines: readonly Engine[] },
): Promise<void> {
  await pause(STEP_MS);
  const cpu = new Map(engines.map((engine) => [engine, cpuSeconds(engine.pid)]));
  await pause(QUIET_INTERVALS * STEP_MS);
  const samples = QUIET_INTERVALS * series;
  tell(
    series,
    INGEST,
    of(engines, (engine) => (1e6 * (cpuSeconds(engine.pid) - (cpu.get(engine) ?? 0))) / samples),
  );
  tell(
    series,
    MEMORY,
    of(engines, (engine) => memoryOf(engine.pid).anonymous / series / 1024),
  );
  await tila.setRules(benchRules('15s'));
  await pause(SETTLE_MS);
  tell(series, TICK, new Map([[tila, median(await ticksOf(tila, TICKS))]]));
}

/** Milliseconds of CPU by tick. */
async function ticksOf(tila: TilaEngine, ticks: number): Promise<readonly number[]> {
  const startedAt = performance.now();
  const seconds = [await ruleCpuSeconds(tila)];
  for (let tick = 1; tick <= ticks; tick += 1) {
    await pause(startedAt + tick * STEP_MS - performance.now());
    seconds.push(await ruleCpuSeconds(tila));
  }
  const used = seconds.slice(1).map((value, tick) => 1000 * (value - (seconds[tick] ?? 0)));
  say(`CPU of rules by tick: ${used.map((value) => value.toFixed(1)).join(', ')} ms`);
  return used;
}

async function askAll(series: number, engines: readonly Engine[], feed: LiveFeed): Promise<void> {
  const { newestMs } = feed;
  const range = { startMs: newestMs - MINUTES * 60_000, endMs: newestMs, stepMs: STEP_MS };
  const instant = new Map<Engine, number>();
  const ranges = new Map<Engine, number>();
  for (const engine of engines) {
    instant.set(engine, await meanMs((expr) => engine.query(expr, newestMs)));
    ranges.set(engine, await meanMs((expr) => engine.queryRange(expr, range)));
  }
  tell(series, INSTANT, instant);
  tell(series, RANGE, ranges);
}

/** The median over rounds of the mean over the expressions, asked one after the other. */
async function meanMs(ask: (expr: string) => Promise<{ readonly ms: number }>): Promise<number> {
  const means: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    let sum = 0;
    for (const expr of EXPRESSIONS) {
      sum += (await ask(`${expr} # ${round}`)).ms;
    }
    means.push(sum / EXPRESSIONS.length);
  }
  return median(means);
}

async function restartAll(series: number, engines: readonly Engine[]): Promise<void> {
  const seconds = new Map<Engine, number>();
  for (const engine of engines) {
    await engine.kill();
  }
  for (const engine of engines) {
    const startedAt = performance.now();
    await engine.start();
    while (!(await hasSeries(engine)) && performance.now() < startedAt + LONGEST_START_MS) {
      await pause(20);
    }
    seconds.set(engine, (performance.now() - startedAt) / 1000);
  }
  tell(series, START, seconds);
}

async function hasSeries(engine: Engine): Promise<boolean> {
  const answer = await engine.query('count(up)', Date.now() - STEP_MS).catch(() => undefined);
  return /"value":\[[^,]+,"[1-9]/.test(answer?.body.toString() ?? '');
}

/** The same rules and live samples over a short and a long history, side by side. */
async function tickByHistory(): Promise<void> {
  await using stack = new AsyncDisposableStack();
  const consoles: { readonly minutes: number; readonly tila: TilaEngine }[] = [];
  for (const minutes of HISTORY_MINUTES) {
    const tila = stack.use(new TilaEngine({ rules: benchRules('15s') }));
    await tila.start();
    const { feed } = await feedLive([tila], { series: HISTORY_SERIES, minutes });
    stack.use(feed);
    consoles.push({ minutes, tila });
  }
  await pause(SETTLE_MS);
  const ticks = await Promise.all(consoles.map(({ tila }) => ticksOf(tila, HISTORY_TICKS)));
  const medians = ticks.map(median);
  for (const [index, { minutes }] of consoles.entries()) {
    const figure = `${TICK.what}, ${HISTORY_SERIES} series, ${minutes} min stored`;
    report({ bench: 'growth', figure, value: medians[index] ?? null, unit: 'ms' });
  }
  const figure = `${TICK.what}, ${HISTORY_MINUTES.at(-1)} min stored to ${HISTORY_MINUTES[0]} min`;
  report({ bench: 'growth', figure, value: (medians.at(-1) ?? Number.NaN) / (medians[0] ?? Number.NaN), unit: '×' });
}

function of(engines: readonly Engine[], value: (engine: Engine) => number): Map<Engine, number> {
  return new Map(engines.map((engine) => [engine, value(engine)]));
}

function tell(series: number, { what, unit, each }: Cost, measured: ReadonlyMap<Engine, number>): void {
  reportAgainst({ bench: 'growth', figure: `${what}, ${series} series`, unit }, measured);
  for (const [engine, value] of measured) {
    const key = `${engine.name} ${what}`;
    const smaller = before.get(key);
    const mine = each(value, series);
    before.set(key, { series, each: mine });
    if (smaller !== undefined && engine instanceof TilaEngine) {
      const figure = `${what}, cost each at ${series} to that at ${smaller.series} series`;
      report({ bench: 'growth', figure, value: mine / smaller.each, unit: '×' });
    } else if (smaller !== undefined) {
      say(`${key}: ${rounded(mine / smaller.each)} × each at ${series} to that at ${smaller.series} series`);
    }
  }
}
