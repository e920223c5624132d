import type { Labels } from '../../model/labels.ts';
import type { Matcher } from '../../model/matcher.ts';
import type { RemoteWriteVersion } from '../../model/remote-write/decoded-write.ts';
import type {
  AppendRequest,
  AppendResult,
  MetricMetadata,
  Selection,
  SeriesReader,
  SeriesSamples,
  SeriesWriter,
} from '../../model/series-store.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { Logger } from '../../runtime/logger.ts';
import { lockDataFolder } from '../tsdb/data-folder-lock.ts';
import type { Endpoint, Fetch } from './http-client.ts';
import { LabelApi } from './label-api.ts';
import { QueueWriter } from './queue-writer.ts';
import { queryReader, remoteReadReader, type SampleReader } from './sample-readers.ts';
import { labelsFromText, labelsToText, SeriesSources } from './series-sources.ts';
import { type SenderCounters, ShardSender } from './shard-sender.ts';
import { WriteQueue } from './write-queue.ts';

export interface RemoteStoreOptions {
  /** Where the queue and what the remote store cannot tell are kept. Locked until the store is closed. */
  readonly folder: string;
  /** The whole address of remote write, e.g. `http://vm:8428/api/v1/write`. */
  readonly write: Endpoint;
  /** The address below which `/api/v1/query` is. */
  readonly read: Endpoint;
  /** `remote_read` brings staleness markers back and is not everywhere; `query` is. */
  readonly readBy: 'remote_read' | 'query';
  readonly clock: Clock;
  readonly logger: Logger;
  readonly fetch: Fetch;
  readonly random: () => number;
  /** Default 1.0, which every receiver takes. */
  readonly version?: RemoteWriteVersion;
  /** Requests under way at once; series are spread over them. Default 4. */
  readonly shards?: number;
  /** Default 2,000. */
  readonly maxSamplesPerSend?: number;
  /** The queue on disk; a full one refuses what is written. Default 1 GiB. */
  readonly maxQueueBytes?: number;
  /** One selection may read so many. Default 50,000,000. */
  readonly maxSamples?: number;
}

/** Figures for /metrics. */
export interface RemoteStoreStats extends Readonly<SenderCounters> {
  readonly queuedSamples: number;
  readonly queuedBytes: number;
}

/** A series not written for between one and two of these no longer tells who wrote it. */
const FORGET_MS = 12 * 3_600_000;

/**
 * A Prometheus-compatible engine as the store: writes go through a queue on disk, reads through its HTTP API.
 * A write is acknowledged when it is in the queue: a killed process loses none, and it can be read once it has been sent.
 * Rows are judged by the remote engine, so `append` counts all of them as accepted.
 */
export class RemoteStore implements SeriesReader, SeriesWriter, AsyncDisposable {
  readonly #queue: WriteQueue;
  readonly #lock: Disposable;
  readonly #writer: QueueWriter;
  readonly #sources = new SeriesSources();
  readonly #labels: LabelApi;
  readonly #samples: SampleReader;
  readonly #closing = new AbortController();
  #cancelForgetting: () => void;
  readonly #senders = new Map<number, ShardSender>();
  readonly #counters: SenderCounters = { sentSamples: 0, sentRequests: 0, retries: 0, droppedSamples: 0, lastDrop: null };

  /** @throws DataFolderInUseError */
  constructor(options: RemoteStoreOptions) {
    const { folder, shards = 4, version = '1.0', maxSamples = 50_000_000, maxSamplesPerSend = 2_000 } = options;
    this.#lock = lockDataFolder(folder);
    this.#queue = new WriteQueue({ folder, maxBytes: options.maxQueueBytes ?? 2 ** 30 });
    for (const { labels, source } of this.#queue.series()) {
      this.#sources.add(labelsFromText(labels), source);
    }
    const reader = { endpoint: options.read, fetch: options.fetch, maxSamples };
    this.#labels = new LabelApi({ fetch: options.fetch, endpoint: options.read });
    this.#samples = options.readBy === 'query' ? queryReader(reader) : remoteReadReader(reader);
    const sender = {
      ...options,
      queue: this.#queue,
      endpoint: options.write,
      version,
      maxSamplesPerSend,
      counters: this.#counters,
    };
    for (const shard of new Set([...Array(shards).keys(), ...this.#queue.shards()])) {
      this.#senders.set(shard, new ShardSender(shard, this.#closing.signal, sender));
    }
    this.#writer = new QueueWriter({ queue: this.#queue, sources: this.#sources, shards, version, maxSamplesPerSend });
    this.#cancelForgetting = this.#forgetLater(options.clock);
    this.#wake();
  }

  async append(request: AppendRequest): Promise<AppendResult> {
    this.#closing.signal.throwIfAborted();
    await this.#writer.append(request);
    this.#wake();
    return { accepted: request.rows.labels.length, duplicate: 0, tooOld: 0 };
  }

  async watermark(source: string): Promise<number | null> {
    return this.#queue.watermarks().get(source) ?? null;
  }

  /** The newest committed watermark of every source that ever wrote one. */
  watermarks(): ReadonlyMap<string, number> {
    return this.#queue.watermarks();
  }

  select(selection: Selection, signal?: AbortSignal): Promise<readonly SeriesSamples[]> {
    return this.#samples(selection, this.#until(signal));
  }

  series(selection: Selection): Promise<readonly Labels[]> {
    return this.#labels.series(selection, this.#closing.signal);
  }

  async sources(matchers: readonly Matcher[]): Promise<ReadonlySet<string>> {
    return this.#sources.matching(matchers);
  }

  labelNames(selection: Selection): Promise<readonly string[]> {
    return this.#labels.labelNames(selection, this.#closing.signal);
  }

  labelValues(name: string, selection: Selection): Promise<readonly string[]> {
    return this.#labels.labelValues(name, selection, this.#closing.signal);
  }

  /** What the remote store knows, and over it what was written through this one: few engines keep what they are sent. */
  async metadata(): Promise<ReadonlyMap<string, MetricMetadata>> {
    const remote = await this.#labels.metadata(this.#closing.signal);
    return new Map([...remote, ...this.#writer.metadata()]);
  }

  /** Resolves when everything that was queued at the call has been sent or dropped. */
  async flush(): Promise<void> {
    await Promise.all([...this.#senders.values()].map((sender) => sender.wake()));
  }

  stats(): RemoteStoreStats {
    return { ...this.#counters, queuedSamples: this.#queue.samples, queuedBytes: this.#queue.bytes };
  }

  /** Ends requests under way; what they carried is sent by the next process. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#closing.signal.aborted) {
      return;
    }
    this.#cancelForgetting();
    await this.#writer.flush();
    this.#closing.abort(new Error('the remote store is closed'));
    await this.flush();
    this.#queue[Symbol.dispose]();
    this.#lock[Symbol.dispose]();
  }

  #forgetLater(clock: Clock): () => void {
    return clock.after(FORGET_MS, () => {
      this.#queue.forgetSeries(this.#sources.forgetOld().map(labelsToText));
      this.#cancelForgetting = this.#forgetLater(clock);
    });
  }

  #until(signal: AbortSignal | undefined): AbortSignal {
    return signal === undefined ? this.#closing.signal : AbortSignal.any([signal, this.#closing.signal]);
  }

  #wake(): void {
    for (const sender of this.#senders.values()) {
      void sender.wake();
    }
  }
}
