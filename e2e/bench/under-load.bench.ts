// How long an outside client waits for the API while all series tick every five seconds and four heavy range queries run all the time.
import { setTimeout as pause } from 'node:timers/promises';
import { startEngines } from './engines/all-engines.ts';
import type { Engine } from './engines/engine.ts';
import { percentile, reportAgainst, say } from './figures.ts';
import { feedLive } from './load/live-engines.ts';
import { benchOptions } from './options.ts';
import { probe } from './queries/probe.ts';

const HISTORY_MINUTES = 32;
const STEP_MS = 5000;
const PROBES_PER_SECOND = 100;
const MEASURED_MS = 45_000;
const RANGE_MS = 30 * 60_000;
const PROBE = '/api/v1/query?query=queue_depth%7Bservice%3D%22service-7%22%2Cinstance%3D~%22.%2A%3A9101%22%7D';
const HEAVY = [
  'sum by (service) (rate(http_requests_total[5m]))',
  'histogram_quantile(0.99, sum by (le, service) (rate(http_request_duration_seconds_bucket[5m])))',
  'avg_over_time(cpu_usage_ratio[10m]) > 0.9',
  'sum by (service) (mem_used_bytes / on (service, instance) mem_limit_bytes)',
];

const { series } = benchOptions();
await using stack = new AsyncDisposableStack();
const started = await startEngines(stack, {}, ['Prometheus']);
const { engines, feed } = await feedLive(started, { series, minutes: HISTORY_MINUTES, stepMs: STEP_MS });
stack.use(feed);
for (const [what, isLoaded] of [
  ['only the samples', false],
  ['samples and four range queries', true],
] as const) {
  await measure(what, isLoaded);
}
say(`the feed was late by ${feed.latestMs.toFixed(0)} ms at worst`);

async function measure(what: string, isLoaded: boolean): Promise<void> {
  const waits = new Map<Engine, readonly number[]>();
  for (const engine of engines) {
    const stop = new AbortController();
    const heavy = isLoaded ? HEAVY.map((expr) => askOften(engine, expr, stop.signal)) : [];
    await pause(2000);
    waits.set(engine, await probe({ ...engine.address(PROBE), perSecond: PROBES_PER_SECOND, durationMs: MEASURED_MS }));
    stop.abort();
    const asked = await Promise.all(heavy);
    say(`${engine.name}: ${waits.get(engine)?.length} probes, ${asked.join(' + ')} range queries`);
  }
  for (const [name, share] of [
    ['p50', 0.5],
    ['p99', 0.99],
    ['max', 1],
  ] as const) {
    const measured = new Map([...waits].map(([engine, all]): [Engine, number] => [engine, percentile(all, share)]));
    const figure = `${series} series every 5 s, ${what}: probe at ${PROBES_PER_SECOND}/s, ${name}`;
    reportAgainst({ bench: 'under-load', figure, unit: 'ms' }, measured);
  }
}

/** One range query after the other. Returns how many were answered. */
async function askOften(engine: Engine, expr: string, stop: AbortSignal): Promise<number> {
  let answered = 0;
  for (; !stop.aborted; answered += 1) {
    const endMs = Date.now();
    await engine.queryRange(`${expr} # ${answered}`, { startMs: endMs - RANGE_MS, endMs, stepMs: 15_000 });
  }
  return answered;
}
