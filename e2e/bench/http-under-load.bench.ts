// How long small requests wait, asked from another process, while all series tick every 5 s and four heavy ranges run at a time.
// `--only=write,one,many` measures a part of it.
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { Program, ROOT } from '../harness/program.ts';
import type { EngineSetup } from './engines/engine.ts';
import { TilaEngine } from './engines/tila-engine.ts';
import { percentile, report, say } from './figures.ts';
import { ExpositionWriter } from './load/exposition.ts';
import { feedLive } from './load/live-engines.ts';
import { PageServer } from './load/page-server.ts';
import { Population } from './load/population.ts';
import { benchOptions } from './options.ts';

const BENCH = 'http-under-load';
const TICK_SECONDS = 5;
const HISTORY_MINUTES = 5;
const MEASURED_SECONDS = 60;
const PER_SECOND = 100;
/** What filling has left to do is no part of the figure. */
const SETTLE_MS = 10_000;
const NODE = join(ROOT, 'node_modules/.bin/node');

const HEAVY = [
  'sum by (service) (rate(http_requests_total[5m]))',
  'histogram_quantile(0.99, sum by (le, service) (rate(http_request_duration_seconds_bucket[5m])))',
  'max by (service) (max_over_time({job="platform"}[1m]))',
  'count by (job, service) ({job="platform"})',
];

const { series, isWanted } = benchOptions();
if (isWanted('write')) {
  await written();
}
if (isWanted('one')) {
  await scraped('one target', (server) => [server.address()]);
}
if (isWanted('many')) {
  await scraped(`${Math.ceil(series / 100)} targets`, (server, targets) =>
    Array.from({ length: targets }, (_, target) => server.address(target)),
  );
}

async function written(): Promise<void> {
  await using stack = new AsyncDisposableStack();
  const tila = await started(stack);
  const { feed } = await feedLive([tila], { series, minutes: HISTORY_MINUTES, stepMs: TICK_SECONDS * 1000 });
  stack.use(feed);
  await measure(tila, 'remote write');
  say(`the feed was late by ${feed.latestMs.toFixed(0)} ms at worst`);
}

async function scraped(what: string, targetsOf: (server: PageServer, targets: number) => readonly string[]): Promise<void> {
  await using stack = new AsyncDisposableStack();
  const population = new Population({ series, startMs: Date.now(), stepMs: TICK_SECONDS * 1000 });
  const server = stack.use(await PageServer.start({ population, writer: new ExpositionWriter(population) }));
  const groups = [{ targets: targetsOf(server, population.targets), labels: {} }];
  const tila = await started(stack, { scrape: { intervalSeconds: TICK_SECONDS, groups } });
  await pause(HISTORY_MINUTES * 12_000);
  await measure(tila, `scrape of ${what}`);
}

async function started(stack: AsyncDisposableStack, setup: EngineSetup = {}): Promise<TilaEngine> {
  const tila = stack.use(new TilaEngine(setup));
  await tila.start();
  return tila;
}

async function measure(tila: TilaEngine, what: string): Promise<void> {
  await pause(SETTLE_MS);
  await reportProbe(tila, `${what}, ${series} series every ${TICK_SECONDS} s`);
  const stop = new AbortController();
  const asking = HEAVY.map((expr) => askAgain(tila, expr, stop.signal));
  await pause(3_000);
  await reportProbe(tila, `${what}, ${series} series every ${TICK_SECONDS} s, four heavy ranges at a time`);
  stop.abort();
  const medians = (await Promise.all(asking)).map((delays) => percentile(delays, 0.5).toFixed(0));
  say(`the ranges took ${medians.join(', ')} ms in the middle`);
}

/** One range after the other. Resolves with how long each took. */
async function askAgain(tila: TilaEngine, expr: string, signal: AbortSignal): Promise<number[]> {
  const delays: number[] = [];
  while (!signal.aborted) {
    const endMs = Date.now();
    const { ms } = await tila.queryRange(expr, { startMs: endMs - HISTORY_MINUTES * 60_000, endMs, stepMs: TICK_SECONDS * 1000 });
    delays.push(ms);
  }
  return delays;
}

async function reportProbe(tila: TilaEngine, what: string): Promise<void> {
  await using idle = new Program(NODE, ['e2e/bench/load/idle-server.ts']);
  const [, port] = await idle.printed(/listening on (\d+)/);
  const options = {
    targets: [
      { name: 'healthz', url: tila.url('/healthz'), headers: {} },
      { name: 'authenticated', url: tila.url('/api/v1/status/buildinfo'), headers: tila.access },
      { name: 'control, an idle server', url: `http://127.0.0.1:${port}/`, headers: {} },
    ],
    perSecond: PER_SECOND,
    seconds: MEASURED_SECONDS,
  };
  await using probe = new Program(NODE, ['e2e/bench/load/http-probe.ts', JSON.stringify(options)]);
  const [text] = await probe.printed(/\{.*\}\n/, (MEASURED_SECONDS + 60) * 1000);
  // What http-probe.ts prints.
  const latencies = JSON.parse(text) as Record<string, number[]>;
  for (const [name, values] of Object.entries(latencies)) {
    for (const [figure, share] of [
      ['p50', 0.5],
      ['p99', 0.99],
      ['max', 1],
    ] as const) {
      report({ bench: BENCH, figure: `${what}: ${name}, ${figure}`, value: percentile(values, share), unit: 'ms' });
    }
  }
}
