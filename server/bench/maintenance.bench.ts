// How long maintenance holds the event loop, and what it makes of the bytes: 100,000 series at 15 s, 15 minutes hot, 2 hours in all;
// every 5 minutes of data maintenance runs, while a timer measures every stall. Half counters, the rest gauges.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Labels } from '../src/model/labels.ts';
import { silentLogger } from '../src/runtime/logger.ts';
import { ManualClock } from '../src/runtime/manual-clock.fake.ts';
import { openTsdb } from '../src/storage/tsdb/tsdb.ts';

const BENCH = 'maintenance';
const TARGETS = 1_000;
const SERIES_PER_TARGET = 100;
const METRICS = 50;
const STEP_MS = 15_000;
const MINUTE_MS = 60_000;
const START_MS = 1_700_006_400_000;
const HOURS = 2.75;
const MAINTAIN_EVERY = 20;

/** How long the event loop was held at a time, by an immediate that is always due: by the clock, and in CPU time of this thread. */
class Stalls {
  readonly #held: number[] = [];
  readonly #worked: number[] = [];
  #last = performance.now();
  #lastCpu = process.threadCpuUsage();
  #timer: NodeJS.Immediate | undefined;

  start(): void {
    this.#last = performance.now();
    this.#lastCpu = process.threadCpuUsage();
    this.#tick();
  }

  stop(): void {
    clearImmediate(this.#timer);
  }

  get worst(): number {
    return this.#held.reduce((max, ms) => Math.max(max, ms), 0);
  }

  get worstCpu(): number {
    return this.#worked.reduce((max, ms) => Math.max(max, ms), 0);
  }

  get over20(): number {
    return this.#held.filter((ms) => ms > 20).length;
  }

  get seconds(): number {
    return this.#worked.reduce((sum, ms) => sum + ms, 0) / 1000;
  }

  #tick(): void {
    this.#timer = setImmediate(() => {
      const now = performance.now();
      this.#held.push(now - this.#last);
      this.#last = now;
      const { user, system } = process.threadCpuUsage(this.#lastCpu);
      this.#worked.push((user + system) / 1000);
      this.#lastCpu = process.threadCpuUsage();
      this.#tick();
    });
  }
}

function print(figure: string, value: number, unit: string): void {
  process.stdout.write(`${JSON.stringify({ bench: BENCH, figure, value: Math.round(value * 1000) / 1000, unit })}\n`);
}

const targets = Array.from({ length: TARGETS }, (_, target) =>
  Array.from({ length: SERIES_PER_TARGET }, (_, i) =>
    Labels.from({
      __name__: i < METRICS ? `m${i}_total` : `m${i % METRICS}`,
      instance: `10.0.${target >> 8}.${target & 255}:9100`,
      code: `${i}`,
    }),
  ),
);
const counters = new Float64Array(TARGETS * SERIES_PER_TARGET);

function valuesAt(target: number): Float64Array {
  return Float64Array.from({ length: SERIES_PER_TARGET }, (_, i) => {
    const at = target * SERIES_PER_TARGET + i;
    if (i >= METRICS) {
      return Math.round(Math.random() * 1e4) / 100;
    }
    counters[at] = (counters[at] ?? 0) + Math.floor(Math.random() * 20);
    return counters[at] ?? 0;
  });
}

const folder = mkdtempSync(join(tmpdir(), 'tila-maintenance-'));
const clock = new ManualClock(START_MS);
const store = await openTsdb({
  folder,
  clock,
  logger: silentLogger,
  hotWindowMs: 15 * MINUTE_MS,
  blockRangeMs: 15 * MINUTE_MS,
  outOfOrderWindowMs: 10 * MINUTE_MS,
});
const stalls = new Stalls();
let cutBytes = Number.NaN;
try {
  for (let scrape = 0; scrape < (HOURS * 3_600_000) / STEP_MS; scrape += 1) {
    const at = clock.now();
    await Promise.all(
      targets.map((labels, target) =>
        store.append({
          source: 's',
          rows: { labels, timestamps: new Float64Array(SERIES_PER_TARGET).fill(at + (target % 1000)), values: valuesAt(target) },
        }),
      ),
    );
    await clock.advance(STEP_MS);
    if (scrape % MAINTAIN_EVERY === 0) {
      stalls.start();
      await store.maintain();
      stalls.stop();
      const { blockBytes, blockSamples, blocks } = store.stats();
      cutBytes = blockSamples > 0 && Number.isNaN(cutBytes) ? blockBytes / blockSamples : cutBytes;
      process.stderr.write(
        `${(at - START_MS) / MINUTE_MS} min: worst ${stalls.worst.toFixed(0)} ms, ${stalls.worstCpu.toFixed(0)} ms CPU, ${blocks} blocks, ${(blockBytes / blockSamples).toFixed(3)} B\n`,
      );
    }
  }
  const { blockBytes, blockSamples, fileBytes, walBytes } = store.stats();
  print('longest stall in maintenance', stalls.worst, 'ms');
  print('stalls over 20 ms', stalls.over20, 'of them');
  print('longest stall in maintenance, CPU time alone', stalls.worstCpu, 'ms');
  print('CPU time in maintenance', stalls.seconds, 's');
  print('blocks of 15 min', cutBytes, 'B/sample');
  print('blocks after merging', blockBytes / blockSamples, 'B/sample');
  print('file without write-ahead rows', (fileBytes - walBytes) / blockSamples, 'B/sample');
} finally {
  await store[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
}
