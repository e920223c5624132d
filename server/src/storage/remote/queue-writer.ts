import type { Labels } from '../../model/labels.ts';
import type { RemoteWriteVersion } from '../../model/remote-write/decoded-write.ts';
import { compressBlock } from '../../model/remote-write/snappy-block.ts';
import { encodeWrite } from '../../model/remote-write/write-encoder.ts';
import type { AppendRequest, MetricMetadata, SampleRows } from '../../model/series-store.ts';
import { labelsToText, type SeriesSources } from './series-sources.ts';
import type { NewBody, QueueCommit, WriteQueue } from './write-queue.ts';

export interface QueueWriterDeps {
  readonly queue: WriteQueue;
  readonly sources: SeriesSources;
  readonly shards: number;
  readonly version: RemoteWriteVersion;
  readonly maxSamplesPerSend: number;
}

interface Waiting {
  readonly commit: QueueCommit;
  readonly resolve: () => void;
  readonly reject: (reason: unknown) => void;
}

/** Encodes what is appended and puts it into the queue; appends that come together share one commit. */
export class QueueWriter {
  readonly #deps: QueueWriterDeps;
  readonly #metadata: Map<string, MetricMetadata>;
  readonly #shardOf = new WeakMap<Labels, number>();
  #waiting: Waiting[] = [];
  /** Of commits that failed. */
  #unsaved: QueueCommit['newSeries'] = [];

  constructor(deps: QueueWriterDeps) {
    this.#deps = deps;
    this.#metadata = new Map([...deps.queue.metadata()].map(([name, entry]) => [name, { ...entry, type: typeOf(entry.type) }]));
  }

  /** What was stated last of each metric. */
  metadata(): ReadonlyMap<string, MetricMetadata> {
    return this.#metadata;
  }

  /** Resolves once the rows are in the queue on disk. @throws QueueFullError */
  append(request: AppendRequest): Promise<void> {
    const commit = this.#commitOf(request);
    return new Promise((resolve, reject) => {
      this.#waiting.push({ commit, resolve, reject });
      if (this.#waiting.length === 1) {
        setImmediate(() => this.#commit());
      }
    });
  }

  /** Resolves when nothing waits for its commit. */
  async flush(): Promise<void> {
    this.#commit();
  }

  #commit(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    if (waiting.length === 0) {
      return;
    }
    try {
      this.#deps.queue.commit([...waiting.map(({ commit }) => commit), { bodies: [], newSeries: this.#unsaved }]);
      this.#unsaved = [];
    } catch (error) {
      this.#unsaved = [...this.#unsaved, ...waiting.flatMap(({ commit }) => commit.newSeries)];
      for (const { reject } of waiting) {
        reject(error);
      }
      return;
    }
    for (const { commit, resolve } of waiting) {
      for (const [name, entry] of commit.metadata ?? []) {
        this.#metadata.set(name, entry);
      }
      resolve();
    }
  }

  #commitOf({ source, rows, metadata, watermarkMs }: AppendRequest): QueueCommit {
    const news = new Map([...(metadata ?? [])].filter(([name, entry]) => !isEqual(this.#metadata.get(name), entry)));
    return {
      bodies: this.#bodiesOf(rows, news),
      newSeries: source === null ? [] : this.#newSeries(rows, source),
      ...(news.size > 0 && { metadata: news }),
      ...(source !== null && watermarkMs !== undefined && { watermark: { source, watermarkMs } }),
    };
  }

  #newSeries({ labels }: SampleRows, source: string): QueueCommit['newSeries'] {
    return labels.filter((each) => this.#deps.sources.add(each, source)).map((each) => ({ labels: labelsToText(each), source }));
  }

  #bodiesOf(rows: SampleRows, metadata: ReadonlyMap<string, MetricMetadata>): readonly NewBody[] {
    const byShard = new Map<number, number[]>();
    for (const [row, labels] of rows.labels.entries()) {
      const shard = this.#shard(labels);
      const own = byShard.get(shard) ?? [];
      byShard.set(shard, own);
      own.push(row);
    }
    return [...byShard].flatMap(([shard, own], i) =>
      chunksOf(own, this.#deps.maxSamplesPerSend).map((chunk, j) => {
        const content = { rows: pick(rows, chunk), ...(i === 0 && j === 0 && { metadata }) };
        return { shard, samples: chunk.length, body: compressBlock(encodeWrite(content, this.#deps.version)) };
      }),
    );
  }

  #shard(labels: Labels): number {
    const known = this.#shardOf.get(labels);
    if (known !== undefined) {
      return known;
    }
    const shard = hashOf(labels.key) % this.#deps.shards;
    this.#shardOf.set(labels, shard);
    return shard;
  }
}

function pick({ labels, timestamps, values }: SampleRows, rows: readonly number[]): SampleRows {
  return {
    labels: rows.flatMap((row) => labels[row] ?? []),
    timestamps: rows.map((row) => timestamps[row] ?? 0),
    values: rows.map((row) => values[row] ?? 0),
  };
}

function chunksOf(rows: readonly number[], size: number): readonly (readonly number[])[] {
  return Array.from({ length: Math.ceil(rows.length / size) }, (_none, i) => rows.slice(i * size, (i + 1) * size));
}

/** FNV-1a over UTF-16 code units. The same over restarts, so that a series keeps its shard while there are as many. */
function hashOf(text: string): number {
  let hash = 0x81_1c_9d_c5;
  for (let i = 0; i < text.length; i += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(i), 0x01_00_01_93);
  }
  return hash >>> 0;
}

function isEqual(one: MetricMetadata | undefined, other: MetricMetadata): boolean {
  return one !== undefined && one.type === other.type && one.help === other.help && one.unit === other.unit;
}

const TYPES: readonly MetricMetadata['type'][] = ['counter', 'gauge', 'histogram', 'summary', 'info', 'stateset', 'unknown'];

function typeOf(text: string): MetricMetadata['type'] {
  return TYPES.find((type) => type === text) ?? 'unknown';
}
