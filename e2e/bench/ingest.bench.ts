// Samples a CPU-second, parsed and durably stored: one target with all lines, many targets with 100 each, and remote write.
// `--only=one,many,write` measures a part of it, `--peers=Prometheus` beside fewer engines.
import { setTimeout as pause } from 'node:timers/promises';
import { startEngines } from './engines/all-engines.ts';
import type { Engine, ScrapeGroup } from './engines/engine.ts';
import { cpuSeconds } from './engines/processes.ts';
import { reportAgainst, say } from './figures.ts';
import { ExpositionWriter } from './load/exposition.ts';
import { fill } from './load/fill.ts';
import { PageServer } from './load/page-server.ts';
import { Population, STEP_MS } from './load/population.ts';
import { RemoteWriteEncoder } from './load/remote-write.ts';
import { benchOptions } from './options.ts';

const SCRAPE_SECONDS = 5;
const WARM_UP_MS = 20_000;
const MEASURED_MS = 60_000;
const WARM_UP_SLOTS = 8;
const MEASURED_SLOTS = 32;

/** How the user agents of the engines begin. */
const AGENTS: Readonly<Record<string, string>> = { Prometheus: 'prometheus', VictoriaMetrics: 'vm_promscrape', Tila: 'tila' };

const { series, isWanted, peers } = benchOptions();
if (isWanted('one')) {
  await scraped('one target', (server) => [{ targets: [server.address()], labels: {} }]);
}
if (isWanted('many')) {
  await scraped(`${Math.ceil(series / 100)} targets`, (server, targets) => [
    { targets: Array.from({ length: targets }, (_, target) => server.address(target)), labels: {} },
  ]);
}
if (isWanted('write')) {
  await written();
}

async function scraped(what: string, groupsOf: (server: PageServer, targets: number) => readonly ScrapeGroup[]): Promise<void> {
  await using stack = new AsyncDisposableStack();
  const population = new Population({ series, startMs: Date.now(), stepMs: SCRAPE_SECONDS * 1000 });
  const server = stack.use(await PageServer.start({ population, writer: new ExpositionWriter(population) }));
  const groups = groupsOf(server, population.targets);
  const engines = await startEngines(stack, { scrape: { intervalSeconds: SCRAPE_SECONDS, groups } }, peers);
  await pause(WARM_UP_MS);
  const before = { served: server.served(), cpu: cpuOf(engines) };
  await pause(MEASURED_MS);
  const after = { served: server.served(), cpu: cpuOf(engines) };
  const speeds = new Map<Engine, number>();
  for (const engine of engines) {
    const agent = [...after.served.keys()].find((text) => text.toLowerCase().startsWith(AGENTS[engine.name] ?? ''));
    const samples = (after.served.get(agent ?? '') ?? 0) - (before.served.get(agent ?? '') ?? 0);
    const cpu = (after.cpu.get(engine) ?? 0) - (before.cpu.get(engine) ?? 0);
    say(`${engine.name}: ${samples} samples scraped in ${MEASURED_MS / 1000} s, ${cpu.toFixed(2)} CPU-s`);
    speeds.set(engine, samples / cpu);
  }
  reportAgainst(
    { bench: 'ingest', figure: `scrape every ${SCRAPE_SECONDS} s, ${what}, ${series} series`, unit: 'samples a CPU-second' },
    speeds,
  );
}

/** As a Prometheus sends: 2,000 series a request, one sample each. */
async function written(): Promise<void> {
  await using stack = new AsyncDisposableStack();
  const started = await startEngines(stack, {}, peers);
  const total = WARM_UP_SLOTS + MEASURED_SLOTS;
  const population = new Population({ series, startMs: Date.now() - total * STEP_MS });
  const encoder = new RemoteWriteEncoder(population);
  const sending = { population, encoder, slotsPerRequest: 1 };
  const { engines } = await fill(started, { ...sending, fromSlot: 0, toSlot: WARM_UP_SLOTS });
  const before = cpuOf(engines);
  const { samples } = await fill(engines, { ...sending, fromSlot: WARM_UP_SLOTS, toSlot: total });
  await pause(2000);
  const after = cpuOf(engines);
  const speeds = new Map(
    engines.map((engine): [Engine, number] => [engine, samples / ((after.get(engine) ?? 0) - (before.get(engine) ?? 0))]),
  );
  reportAgainst(
    { bench: 'ingest', figure: `remote write, 2,000 samples a request, ${series} series`, unit: 'samples a CPU-second' },
    speeds,
  );
}

function cpuOf(engines: readonly Engine[]): ReadonlyMap<Engine, number> {
  return new Map(engines.map((engine) => [engine, cpuSeconds(engine.pid)]));
}
