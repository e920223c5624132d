import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeHeapSnapshot } from 'node:v8';
import { ExpositionParser } from '@tila/collectors/prometheus/exposition/exposition-parser.ts';
import { TargetScraper } from '@tila/collectors/prometheus/scrape/target-scraper.ts';
import { TargetSeries } from '@tila/collectors/prometheus/scrape/target-series.ts';
import { SeriesMapping } from '@tila/collectors/prometheus/series-mapping.ts';
import { TextPool } from '@tila/collectors/prometheus/text-pool.ts';
import { Relabeler } from '@tila/collectors/relabel/relabel.ts';
import { Ingest } from '../src/ingest/ingest.ts';
import { SourceRegistry } from '../src/ingest/source-registry.ts';
import { Matcher } from '../src/model/matcher.ts';
import { silentLogger } from '../src/runtime/logger.ts';
import { ManualClock } from '../src/runtime/manual-clock.fake.ts';
import { openTsdb } from '../src/storage/tsdb/tsdb.ts';

// From scraped text to durable rows in one process, without HTTP: node server/bench/hot-store.bench.ts MODE [targets] [lines] [scrapes]
const [mode = 'ingest', targetsText = '1', linesText = '100000', scrapesText = '12'] = process.argv.slice(2);
const TARGETS = Number(targetsText);
const LINES = Number(linesText);
const SCRAPES = Number(scrapesText);
const STEP_MS = 15_000;
const START_MS = 1_700_006_400_000;
const clock = new ManualClock(START_MS);

function report(figure: string, value: number, unit: string): void {
  console.log(
    JSON.stringify({
      bench: 'hot-store',
      mode,
      targets: TARGETS,
      lines: LINES,
      figure,
      value: Number(value.toPrecision(4)),
      unit,
    }),
  );
}

/** Text pages of one target: histograms, counters and gauges with the labels services have. */
class Page {
  readonly #prefixes: string[];
  readonly #values: Float64Array;

  constructor(lines: number) {
    this.#values = Float64Array.from({ length: lines }, (_, i) => (i % 4 === 3 ? 0.5 : i));
    const prefixes = Array.from({ length: lines }, (_, i) => {
      const route = `handler="/api/v1/things/${Math.floor(i / 12) % 40}",method="${['GET', 'POST', 'PUT'][Math.floor(i / 480) % 3]}"`;
      const shared = `${route},shard="${Math.floor(i / 1440)}"`;
      return i % 2 === 0
        ? `http_request_duration_seconds_bucket{${shared},le="${[0.005, 0.01, 0.1, 1, 5, 10][(i / 2) % 6]}"} `
        : `http_requests_${['in_flight', 'bytes_total', 'total'][i % 3]}{${shared},code="${200 + (Math.floor(i / 2) % 6)}"} `;
    });
    // As one flat string each.
    this.#prefixes = prefixes.map((prefix) => Buffer.from(prefix).toString());
  }

  next(): Buffer {
    return Buffer.from(
      this.#prefixes
        .map((prefix, i) => {
          this.#values[i] =
            i % 4 === 3 ? Math.round(Math.random() * 1000) / 1000 : (this.#values[i] ?? 0) + Math.floor(Math.random() * 20);
          return `${prefix}${this.#values[i]}\n`;
        })
        .join(''),
    );
  }
}

const texts = new TextPool();
const mapping = new SeriesMapping({ environment: 'prod' }, []);

class BenchTarget {
  readonly #page = new Page(LINES);
  readonly #scraper: TargetScraper;
  #body: Buffer = Buffer.alloc(0);

  constructor(number: number) {
    const labels = { job: 'platform', instance: `10.0.${number >> 8}.${number & 255}:9100` };
    const series = new TargetSeries({
      targetLabels: labels,
      honorLabels: false,
      metricRelabeler: new Relabeler([]),
      mapping,
      limits: { labels: 0, nameLength: 0, valueLength: 0 },
      texts,
    });
    const http = { send: async () => ({ status: 200, contentType: 'text/plain; version=0.0.4', body: this.#body }) };
    const target = { key: `${number}`, url: 'http://127.0.0.1/metrics', labels, intervalMs: STEP_MS, timeoutMs: 10_000 };
    const options = { honorTimestamps: true, sampleLimit: 0, maxBytes: 1e9 };
    // Only `send` is asked of it.
    this.#scraper = new TargetScraper(target, options, { http: http as never, clock, series });
  }

  prepare(): void {
    this.#body = this.#page.next();
  }

  async scrape(ingest: Ingest, atMs: number): Promise<void> {
    const { columns, metadata, error } = await this.#scraper.scrape(atMs, new AbortController().signal);
    if (error !== null) {
      throw error;
    }
    await ingest.write(columns.toBatch('bench', { metadata, watermarkMs: atMs }), new AbortController().signal);
  }
}

const folder = mkdtempSync(join(process.env.TILA_BENCH_DIR ?? tmpdir(), 'tila-hot-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
const open = () => openTsdb({ folder, clock, logger: silentLogger });

async function timed(work: () => Promise<unknown>): Promise<{ readonly seconds: number; readonly cpuSeconds: number }> {
  const cpu = process.cpuUsage();
  const start = performance.now();
  await work();
  const { user, system } = process.cpuUsage(cpu);
  return { seconds: (performance.now() - start) / 1000, cpuSeconds: (user + system) / 1e6 };
}

async function reportMemory(figure: string): Promise<void> {
  for (let i = 0; i < 3; i += 1) {
    globalThis.gc?.();
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
  const { rss, heapUsed, external, arrayBuffers } = process.memoryUsage();
  report(`${figure} rss`, rss / 2 ** 20, 'MiB');
  report(`${figure} heap used`, heapUsed / 2 ** 20, 'MiB');
  report(`${figure} external`, external / 2 ** 20, 'MiB');
  report(`${figure} array buffers`, arrayBuffers / 2 ** 20, 'MiB');
}

async function run(): Promise<void> {
  await reportMemory('empty');
  let tsdb = await open();
  const ingest = new Ingest({
    writer: tsdb,
    sources: new SourceRegistry({ clock }),
    clock,
    logger: silentLogger,
    random: Math.random,
  });
  const targets = Array.from({ length: TARGETS }, (_, i) => new BenchTarget(i));
  let cpu = 0;
  let rows = 0;
  let slowestMaintenance = 0;
  for (let scrape = 0; scrape < SCRAPES; scrape += 1) {
    for (const target of targets) {
      target.prepare();
    }
    await clock.advance(STEP_MS);
    const spread = Math.max(1, Math.floor(TARGETS / 20));
    const spent = await timed(async () => {
      for (let from = 0; from < TARGETS; from += spread) {
        await Promise.all(
          targets
            .slice(from, from + spread)
            .map((target, i) => target.scrape(ingest, clock.now() - STEP_MS + (((from + i) * 7919) % STEP_MS))),
        );
      }
    });
    if (scrape === 0) {
      report('first scrape of all targets', spent.seconds, 's');
      report('first scrape of all targets', spent.cpuSeconds, 'CPU-s');
    } else {
      cpu += spent.cpuSeconds;
      rows += TARGETS * LINES;
    }
    if (scrape % 4 === 3) {
      const maintenance = await timed(() => tsdb.maintain());
      cpu += maintenance.cpuSeconds;
      slowestMaintenance = Math.max(slowestMaintenance, maintenance.seconds);
    }
  }
  report('samples a CPU-second', rows / cpu, '1/s');
  report('slowest maintenance', slowestMaintenance, 's');
  await reportMemory('full');
  if (process.env.TILA_BENCH_HEAP !== undefined) {
    writeHeapSnapshot(process.env.TILA_BENCH_HEAP);
  }
  const stats = tsdb.stats();
  report('head samples', stats.headSamples, '');
  report('groups', stats.groups, '');
  report('memory of groups', stats.groupBytes / 2 ** 20, 'MiB');
  report('file', stats.fileBytes / 2 ** 20, 'MiB');
  if (mode === 'late') {
    await late(ingest);
  }
  const answer = await timed(() =>
    tsdb.select({
      matchers: [new Matcher('__name__', '=', 'http_requests_total')],
      fromMs: clock.now() - 300_000,
      toMs: clock.now(),
    }),
  );
  report('select 5 min of one metric', answer.seconds * 1000, 'ms');
  if (mode === 'reopen') {
    await tsdb[Symbol.asyncDispose]();
    const opened = await timed(async () => {
      tsdb = await open();
      await tsdb.select({ matchers: [new Matcher('__name__', '=', 'up')], fromMs: clock.now() - 300_000, toMs: clock.now() });
    });
    report('reopen', opened.seconds, 's');
    report('reopen', opened.cpuSeconds, 'CPU-s');
  }
  await tsdb[Symbol.asyncDispose]();
}

/** A row of every tenth series between two scrapes. */
async function late(ingest: Ingest): Promise<void> {
  const labels = Array.from({ length: 10_000 }, (_, i) => ({ __name__: 'late', i: `${i}` }));
  const write = (atMs: number) =>
    ingest.write(
      { source: 'late', labels, timestamps: labels.map(() => atMs), values: labels.map((_, i) => i) },
      new AbortController().signal,
    );
  for (let slot = 0; slot < 60; slot += 1) {
    await write(clock.now() - 900_000 + slot * STEP_MS);
  }
  const spent = await timed(async () => {
    for (let round = 0; round < 10; round += 1) {
      await write(clock.now() - 450_000 + round * 700 + 1);
    }
  });
  report('out-of-order row', (spent.cpuSeconds / 100_000) * 1e6, 'µs');
}

async function parseOnly(): Promise<void> {
  const page = new Page(LINES);
  const pages = Array.from({ length: 6 }, () => page.next().toString('utf8'));
  const parser = new ExpositionParser<number>();
  const visitor = { resolve: () => 1, sample: () => undefined, metadata: () => undefined };
  for (const [i, text] of pages.entries()) {
    const spent = await timed(async () => parser.parse(text, 'text', visitor));
    report(i === 0 ? 'first page' : 'later page', LINES / spent.seconds, 'lines/s');
  }
}

await (mode === 'parse' ? parseOnly() : run());
