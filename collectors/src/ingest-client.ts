import type { SampleBatch, WriteReceipt } from '@tila/contract/samples.ts';
import type { SourceReport } from '@tila/contract/sources.ts';

/**
 * The one door from collectors to the server. In one process it calls ingest directly; apart it is HTTP with a disk spool.
 * Collectors never retry through it: the client does.
 */
export interface IngestClient {
  /** Resolves once the batch is durable. Rejects only when the signal aborts or the batch can never be taken. */
  write(batch: SampleBatch, signal: AbortSignal): Promise<WriteReceipt>;
  /** The newest watermark the server holds for a source, or `null`; from here a gap is filled. */
  watermark(source: string, signal: AbortSignal): Promise<number | null>;
  /** Tells the server how a source is doing. Best effort, never throws. */
  report(report: SourceReport): void;
}
