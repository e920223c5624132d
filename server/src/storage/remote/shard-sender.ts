import type { RemoteWriteVersion } from '../../model/remote-write/decoded-write.ts';
import { compressBlock, uncompressBlock } from '../../model/remote-write/snappy-block.ts';
import { WriteDecoder } from '../../model/remote-write/write-decoder.ts';
import { encodeWrite } from '../../model/remote-write/write-encoder.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { Logger } from '../../runtime/logger.ts';
import { type Endpoint, exchange, type Fetch, RemoteStoreError } from './http-client.ts';
import type { QueuedBody, WriteQueue } from './write-queue.ts';

export interface SenderDeps {
  readonly queue: WriteQueue;
  readonly endpoint: Endpoint;
  readonly version: RemoteWriteVersion;
  readonly fetch: Fetch;
  readonly clock: Clock;
  readonly logger: Logger;
  /** 0 to 1, for the jitter of retries. */
  readonly random: () => number;
  readonly maxSamplesPerSend: number;
  readonly counters: SenderCounters;
}

/** Since the start. */
export interface SenderCounters {
  sentSamples: number;
  sentRequests: number;
  retries: number;
  /** Samples of requests the remote store refused for good (it may have kept some of them), and the last reason it gave. */
  droppedSamples: number;
  lastDrop: string | null;
}

const FIRST_RETRY_MS = 100;
const LAST_RETRY_MS = 30_000;
const MAX_RETRY_AFTER_MS = 5 * 60_000;
const MAX_BODY_BYTES = 256 << 20;
/** Of one request: enough to find a few bad samples among thousands. */
const MAX_SPLITS = 40;

const CONTENT_TYPES: Readonly<Record<RemoteWriteVersion, string>> = {
  '1.0': 'application/x-protobuf',
  '2.0': 'application/x-protobuf;proto=io.prometheus.write.v2.Request',
};

/**
 * Sends what is queued for one shard, in order, one request at a time, so that samples of a series never overtake each other.
 * Tries again for ever when that may help; what the remote store refuses for good is dropped, counted and logged.
 */
export class ShardSender {
  readonly #deps: SenderDeps;
  readonly #shard: number;
  readonly #stop: AbortSignal;
  #running: Promise<void> | undefined;

  constructor(shard: number, stop: AbortSignal, deps: SenderDeps) {
    this.#shard = shard;
    this.#stop = stop;
    this.#deps = deps;
  }

  /** Sends until nothing is queued. Called after each commit; does nothing while it is at it. Never rejects. */
  wake(): Promise<void> {
    this.#running ??= this.#run().catch((err: unknown) => {
      this.#running = undefined;
      this.#deps.logger.error({ err, shard: this.#shard }, 'the queue to the remote store cannot be read');
    });
    return this.#running;
  }

  async #run(): Promise<void> {
    // What is woken while this runs must not begin before it has been noted that it runs.
    await Promise.resolve();
    let failures = 0;
    while (!this.#stop.aborted) {
      const { queue, version, maxSamplesPerSend } = this.#deps;
      // Messages of 2.0 have symbols of their own and go one by one.
      const bodies = queue.oldest(this.#shard, version === '1.0' ? maxSamplesPerSend : 0);
      if (bodies.length === 0) {
        break;
      }
      const waitMs = await this.#send(bodies, failures);
      failures = waitMs === 0 ? 0 : failures + 1;
      if (waitMs > 0) {
        await this.#wait(waitMs);
      }
    }
    // At once, so that a commit after the last look begins anew.
    this.#running = undefined;
  }

  /** Returns 0 when the bodies are dealt with, else how long to wait before the same again. */
  async #send(bodies: readonly QueuedBody[], failures: number): Promise<number> {
    const { queue, counters, logger } = this.#deps;
    const samples = bodies.reduce((total, body) => total + body.samples, 0);
    try {
      await this.#sendOrSplit({ body: joined(bodies), samples }, { left: MAX_SPLITS });
    } catch (err) {
      if (this.#stop.aborted) {
        return 0;
      }
      counters.retries += 1;
      logger.warn({ err, shard: this.#shard, failures }, 'remote store took no samples; trying again');
      return this.#retryMs(err, failures);
    }
    queue.remove(bodies);
    return 0;
  }

  /**
   * Prometheus takes nothing of a request with one sample it will not have: what is refused for good is sent in halves, so
   * that little is lost. Sending a sample again changes nothing.
   * @throws RemoteStoreError when the same may work later
   */
  async #sendOrSplit(request: SplitRequest, budget: { left: number }): Promise<void> {
    try {
      await this.#post(request.body);
      this.#deps.counters.sentRequests += 1;
      this.#deps.counters.sentSamples += request.samples;
    } catch (err) {
      if (!(err instanceof RemoteStoreError) || err.isTransient) {
        throw err;
      }
      budget.left -= 1;
      if (budget.left < 0 || request.samples < 2 || !isAboutContent(err)) {
        this.#drop(request, err);
        return;
      }
      for (const half of halves(request, this.#deps.version)) {
        await this.#sendOrSplit(half, budget);
      }
    }
  }

  #drop({ samples }: SplitRequest, err: RemoteStoreError): void {
    const { counters, logger } = this.#deps;
    counters.droppedSamples += samples;
    counters.lastDrop = err.message;
    logger.error({ err, shard: this.#shard, samples }, 'remote store refused samples for good; they are dropped');
  }

  async #post(body: Uint8Array): Promise<void> {
    const { endpoint, fetch, version } = this.#deps;
    const headers = {
      'content-type': CONTENT_TYPES[version],
      'content-encoding': 'snappy',
      'x-prometheus-remote-write-version': version === '1.0' ? '0.1.0' : '2.0.0',
      'user-agent': 'tila',
    };
    const init = { method: 'POST', headers, body: Buffer.from(body.buffer, body.byteOffset, body.length) };
    await exchange(fetch, endpoint, { path: '', init, signal: this.#stop });
  }

  #retryMs(err: unknown, failures: number): number {
    const { random } = this.#deps;
    const asked = err instanceof RemoteStoreError ? err.retryAfterMs : undefined;
    const own = Math.min(FIRST_RETRY_MS * 2 ** failures, LAST_RETRY_MS);
    return Math.max(Math.min(asked ?? 0, MAX_RETRY_AFTER_MS), own * (0.5 + random() / 2));
  }

  #wait(delayMs: number): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        cancel();
        this.#stop.removeEventListener('abort', done);
        resolve();
      };
      const cancel = this.#deps.clock.after(delayMs, done);
      this.#stop.addEventListener('abort', done, { once: true });
    });
  }
}

interface SplitRequest {
  readonly body: Uint8Array;
  readonly samples: number;
}

/** Refusals that a smaller request may escape: not those about credentials or the address. */
function isAboutContent({ status }: RemoteStoreError): boolean {
  return status === 400 || status === 413 || status === 422;
}

function halves({ body }: SplitRequest, version: RemoteWriteVersion): readonly SplitRequest[] {
  const { labels, timestamps, values } = new WriteDecoder().decode(uncompressBlock(body, MAX_BODY_BYTES), version);
  const middle = Math.ceil(labels.length / 2);
  return [
    [0, middle],
    [middle, labels.length],
  ].map(([from, to]) => {
    const rows = { labels: labels.slice(from, to), timestamps: timestamps.slice(from, to), values: values.slice(from, to) };
    return { body: compressBlock(encodeWrite({ rows }, version)), samples: rows.labels.length };
  });
}

/** Messages of 1.0 put one after the other are one message. */
function joined(bodies: readonly QueuedBody[]): Uint8Array {
  const [first] = bodies;
  return first !== undefined && bodies.length === 1
    ? first.body
    : compressBlock(Buffer.concat(bodies.map(({ body }) => uncompressBlock(body, MAX_BODY_BYTES))));
}
