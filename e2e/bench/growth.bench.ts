// The other figures at 10,000, 100,000 and 500,000 series, and one tick against how much history is stored. Peers are left out: this is about Tila's own curve.
import { setTimeout as pause } from 'node:timers/promises';
import { cpuSeconds, memoryOf } from './engines/processes.ts';
import { TilaEngine } from './engines/tila-engine.ts';
import { median, report, say } from './figures.ts';
import { fill } from './load/fill.ts';
import { feedLive } from './load/live-engines.ts';
import { Population, STEP_MS } from './load/population.ts';
import { RemoteWriteEncoder } from './load/remote-write.ts';
import { benchRules } from './load/rules.ts';
import { benchOptions, budget } from './options.ts';
import { evaluationMs } from './queries/rule-times.ts';

const SIZES = [10_000, 100_000, 500_000];
const SLOTS = 40;
const LIVE_SLOTS = 4;
const TICK_SERIES = 10_000;
const HISTORY_MINUTES = [30, 360];
const TICKS = 4;
const EXPRESSIONS = [
  'sum by (service) (rate(http_requests_total[5m]))',
  'histogram_quantile(0.99, sum by (le, service) (rate(http_request_duration_seconds_bucket[5m])))',
  'avg_over_time(cpu_usage_ratio[10m]) > 0.9',
  'mem_used_bytes / on (service, instance) mem_limit_bytes > 0.95',
];

const { series: largest, rounds, budgetSeconds } = benchOptions({ series: 500_000, rounds: 3, budgetSeconds: 300 });
const isOver = budget(budgetSeconds);
await tickByHistory();
for (const series of SIZES.filter((size) => size <= largest)) {
  if (!isOver()) {
    await measure(series);
  }
}

async function measure(series: number): Promise<void> {
  await using tila = new TilaEngine();
  await tila.start();
  const slots = SLOTS + LIVE_SLOTS;
  const endMs = Math.floor(Date.now() / STEP_MS) * STEP_MS;
  const population = new Population({ series, startMs: endMs - slots * STEP_MS });
  const encoder = new RemoteWriteEncoder(population);
  await fill([tila], { population, encoder, fromSlot: 0, toSlot: SLOTS });
  await pause(2000);
  const before = cpuSeconds(tila.pid);
  const { samples } = await fill([tila], { population, encoder, fromSlot: SLOTS, toSlot: slots, slotsPerRequest: 1 });
  await pause(2000);
  const cpu = cpuSeconds(tila.pid) - before;
  tell(series, 'remote write', { value: samples / cpu, unit: 'samples a CPU-second' });
  tell(series, 'anonymous memory per series', { value: memoryOf(tila.pid).anonymous / series / 1024, unit: 'KiB' });
  tell(series, 'instant queries', { value: await medianMs((expr) => tila.query(expr, endMs)), unit: 'ms' });
  const range = { startMs: endMs - SLOTS * STEP_MS, endMs, stepMs: STEP_MS };
  tell(series, 'range queries of 10 min', {
    value: await medianMs((expr) => tila.queryRange(expr, range)),
    unit: 'ms',
  });
  await tila.kill();
  const startedAt = performance.now();
  await tila.start();
  await tila.query('count(up)', endMs);
  tell(series, 'kill -9 to the first answer', { value: (performance.now() - startedAt) / 1000, unit: 's' });
  say(`growth: ${series} series done`);
}

/** The median over rounds of the mean over the expressions, asked one after the other. */
async function medianMs(ask: (expr: string) => Promise<{ readonly ms: number }>): Promise<number> {
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

/** The same rules and live samples over a short and a long history, side by side. The CPU time has the cutting of blocks in it. */
async function tickByHistory(): Promise<void> {
  await using stack = new AsyncDisposableStack();
  const consoles: { readonly minutes: number; readonly tila: TilaEngine }[] = [];
  for (const minutes of HISTORY_MINUTES) {
    const tila = stack.use(new TilaEngine({ rules: benchRules('15s') }));
    await tila.start();
    const { feed } = await feedLive([tila], { series: TICK_SERIES, minutes });
    stack.use(feed);
    consoles.push({ minutes, tila });
  }
  await pause(2 * STEP_MS);
  const before = consoles.map(({ tila }) => cpuSeconds(tila.pid));
  await pause(TICKS * STEP_MS);
  for (const [index, { minutes, tila }] of consoles.entries()) {
    const value = (1000 * (cpuSeconds(tila.pid) - (before[index] ?? 0))) / TICKS;
    const figure = `CPU per 15 s with 500 rules and the samples of ${TICK_SERIES} series, ${minutes} min stored`;
    report({ bench: 'growth', figure, value, unit: 'ms' });
    const stated = await evaluationMs(tila, STEP_MS / 1000);
    report({ bench: 'growth', figure: `evaluation time as Tila states it, ${minutes} min stored`, value: stated, unit: 'ms' });
  }
}

function tell(series: number, what: string, { value, unit }: { value: number; unit: string }): void {
  report({ bench: 'growth', figure: `${what}, ${series} series`, value, unit });
}
