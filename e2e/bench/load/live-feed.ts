import type { Engine } from '../engines/engine.ts';
import type { Population } from './population.ts';
import type { RemoteWriteEncoder } from './remote-write.ts';

const TARGETS_PER_REQUEST = 20;

export interface LiveFeedOptions {
  readonly engines: readonly Engine[];
  readonly population: Population;
  readonly encoder: RemoteWriteEncoder;
  readonly fromSlot: number;
}

/** Sends each sample at its time, as a Prometheus with these targets would: requests of 2,000 samples, spread over the interval. */
export class LiveFeed implements AsyncDisposable {
  readonly #options: LiveFeedOptions;
  readonly #stop = new AbortController();
  readonly #running: Promise<void>;
  #latest = 0;
  #newestMs = Number.NEGATIVE_INFINITY;

  constructor(options: LiveFeedOptions) {
    this.#options = options;
    this.#running = this.#run();
  }

  /** How late the feed was at worst, in milliseconds: the machine cannot keep up when this is seconds. */
  get latestMs(): number {
    return this.#latest;
  }

  /** The time of the newest samples sent. */
  get newestMs(): number {
    return this.#newestMs;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { population, encoder, engines, fromSlot } = this.#options;
    const batches = batchesOf(population);
    for (let slot = fromSlot; ; slot += 1) {
      for (const targets of batches) {
        const dueMs = population.timeOf(targets.at(-1) ?? 0, slot);
        await sleep(dueMs - Date.now(), this.#stop.signal);
        if (this.#stop.signal.aborted) {
          return;
        }
        this.#latest = Math.max(this.#latest, Date.now() - dueMs);
        const body = encoder.encode({ targets, fromSlot: slot, toSlot: slot + 1 });
        await Promise.allSettled(engines.map((engine) => engine.write(body)));
        this.#newestMs = dueMs;
      }
    }
  }
}

/** Targets in the order in which they are scraped. */
function batchesOf(population: Population): readonly (readonly number[])[] {
  const order = Array.from({ length: population.targets }, (_, target) => target).sort(
    (a, b) => population.timeOf(a, 0) - population.timeOf(b, 0),
  );
  return Array.from({ length: Math.ceil(order.length / TARGETS_PER_REQUEST) }, (_, index) =>
    order.slice(index * TARGETS_PER_REQUEST, (index + 1) * TARGETS_PER_REQUEST),
  );
}

function sleep(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (ms <= 0 || signal.aborted) {
      resolve();
      return;
    }
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener('abort', done);
  });
}
