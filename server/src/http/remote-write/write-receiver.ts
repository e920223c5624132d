import type { WriteReceipt } from '@tila/contract/samples.ts';
import type { SourceReport } from '@tila/contract/sources.ts';
import type { LabelledBatch } from '../../ingest/batch-check.ts';
import type { DecodedWrite, RemoteWriteVersion } from '../../model/remote-write/decoded-write.ts';
import type { NameSeries } from '../../model/remote-write/series-memory.ts';
import { WriteDecoder } from '../../model/remote-write/write-decoder.ts';
import type { MetricMetadata } from '../../model/series-store.ts';
import type { Clock } from '../../runtime/clock.ts';
import { SenderPosition } from './sender-position.ts';

/** Ingest, as far as remote write needs it. */
export interface WriteTarget {
  write(batch: LabelledBatch, signal: AbortSignal): Promise<WriteReceipt>;
  report(report: SourceReport): void;
}

export interface WriteReceiverDeps {
  readonly ingest: WriteTarget;
  readonly clock: Pick<Clock, 'now'>;
  /** Asked once for each series: the inventory's mapping, which sets environment, cluster and service, and ingest's checks. */
  readonly nameSeries: NameSeries;
}

/** What became of a request. Anything refused would be refused again. */
export interface WriteOutcome {
  /** Samples that are durable now. */
  readonly written: number;
  readonly refused: number;
  readonly problems: readonly string[];
}

export interface WriteRequest {
  /** Who sends: the source its series belong to. */
  readonly source: string;
  readonly version: RemoteWriteVersion;
  /** The body as sent: a snappy block. */
  readonly body: Uint8Array;
}

const MAX_UNCOMPRESSED_BYTES = 64 << 20;
const REPORT_EVERY_MS = 10_000;
const MAX_LAG_MS = 5 * 60_000;
const MAX_KNOWN_METADATA = 100_000;

/** Takes remote write requests into ingest: decodes, sets the sender's watermark, and says what of a request was refused. */
export class WriteReceiver {
  readonly #deps: WriteReceiverDeps;
  readonly #decoder: WriteDecoder;
  readonly #positions = new Map<string, SenderPosition>();
  readonly #reportedAt = new Map<string, number>();
  /** What is stored already: 2.0 senders repeat it with every sample. */
  readonly #metadata = new Map<string, MetricMetadata>();

  constructor(deps: WriteReceiverDeps) {
    this.#deps = deps;
    this.#decoder = new WriteDecoder(deps.nameSeries);
  }

  /**
   * Resolves once what can be stored is durable.
   * @throws InvalidSnappyError, InvalidWriteRequestError, InvalidBatchError: nothing of the request can ever be taken
   */
  async receive({ source, version, body }: WriteRequest, signal: AbortSignal): Promise<WriteOutcome> {
    const decoded = this.#decoder.decodeBlock(body, MAX_UNCOMPRESSED_BYTES, version);
    const metadata = this.#news(decoded.metadata);
    const receipt = await this.#deps.ingest.write(this.#batch(source, decoded, metadata), signal);
    this.#remember(metadata);
    const outcome = outcomeOf(decoded, receipt);
    this.#report(source, outcome);
    return outcome;
  }

  #batch(source: string, decoded: DecodedWrite, metadata: readonly (readonly [string, MetricMetadata])[]): LabelledBatch {
    const watermarkMs = this.#position(source).moveTo(decoded.timestamps, this.#deps.clock.now());
    return {
      source,
      labels: decoded.labels,
      timestamps: decoded.timestamps,
      values: decoded.values,
      ...(metadata.length > 0 && { metadata: Object.fromEntries(metadata) }),
      ...(watermarkMs !== undefined && { watermarkMs }),
    };
  }

  #position(source: string): SenderPosition {
    const known = this.#positions.get(source);
    if (known !== undefined) {
      return known;
    }
    const made = new SenderPosition();
    this.#positions.set(source, made);
    return made;
  }

  #news(metadata: DecodedWrite['metadata']): readonly (readonly [string, MetricMetadata])[] {
    return Object.entries(metadata).filter(([name, { type, help, unit }]) => {
      const known = this.#metadata.get(name);
      return known === undefined || known.type !== type || known.help !== help || known.unit !== unit;
    });
  }

  #remember(metadata: readonly (readonly [string, MetricMetadata])[]): void {
    if (this.#metadata.size > MAX_KNOWN_METADATA) {
      this.#metadata.clear();
    }
    for (const [name, entry] of metadata) {
      this.#metadata.set(name, entry);
    }
  }

  /** Often enough for people; an error at once unless one was just told. */
  #report(source: string, { refused, problems }: WriteOutcome): void {
    const now = this.#deps.clock.now();
    if (now - (this.#reportedAt.get(source) ?? 0) < REPORT_EVERY_MS) {
      return;
    }
    this.#reportedAt.set(source, now);
    this.#deps.ingest.report({
      source,
      kind: 'remote_write',
      maxLagMs: MAX_LAG_MS,
      intervalMs: 60_000,
      lastAttemptAt: now,
      lastSuccessAt: now,
      lastErrorAt: refused > 0 ? now : null,
      lastError: refused > 0 ? (problems[0] ?? `${refused} samples refused`) : null,
      backfill: null,
      targets: [],
    });
  }
}

function outcomeOf(decoded: DecodedWrite, receipt: WriteReceipt): WriteOutcome {
  const { accepted, duplicate, tooOld, invalid } = receipt;
  const refused = duplicate + tooOld + invalid + decoded.refusedSamples + decoded.histograms;
  return { written: accepted, refused, problems: [...decoded.problems, ...receipt.problems, ...countedProblems(receipt)] };
}

/** In the words Prometheus' own receiver has for them. */
function countedProblems({ duplicate, tooOld }: WriteReceipt): readonly string[] {
  return [
    ...(duplicate > 0 ? [`duplicate sample for timestamp: ${duplicate} samples have another value than is stored`] : []),
    ...(tooOld > 0 ? [`out of bounds: ${tooOld} samples are older than the out-of-order window allows`] : []),
  ];
}
