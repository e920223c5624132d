import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { encodeSampleBatch, type SampleBatch, WriteReceipt } from '@tila/contract/samples.ts';
import type { SourceReport } from '@tila/contract/sources.ts';
import { z } from 'zod';
import { type Clock, pause } from '../clock.ts';
import type { CollectorLogger } from '../collector.ts';
import type { HttpClient } from '../http/http-client.ts';
import { HttpError } from '../http/http-error.ts';
import type { IngestClient } from '../ingest-client.ts';
import { Backoff } from './backoff.ts';
import type { Spool } from './spool.ts';

export interface HttpIngestClientDeps {
  /** Carries the bearer token. */
  readonly http: HttpClient;
  readonly spool: Spool;
  /** Root of the Tila server. */
  readonly server: string;
  readonly clock: Clock;
  readonly log: CollectorLogger;
  readonly random: () => number;
  /** A batch was sent after waiting on disk, could not be sent yet, or was refused for good and dropped. */
  readonly onDelivery: (outcome: 'replayed' | 'spooled' | 'refused') => void;
}

const TIMEOUT_MS = 30_000;
const MAX_BYTES = 1024 * 1024;
const BACKOFF = { firstMs: 500, longestMs: 30_000 };
const FULL_RETRY_MS = 1_000;
const REFUSALS: ReadonlySet<number> = new Set([400, 413, 422]);
const Watermark = z.object({ watermarkMs: z.number().nullable() });
const zip = promisify(gzip);

/** The server refused a batch for good. */
export class BatchRefusedError extends Error {
  override readonly name = 'BatchRefusedError';
}

/**
 * Ingest over HTTP. A batch goes straight to the server; when that fails, or while older batches wait, it goes to the spool on disk and
 * counts as written. Waiting batches are replayed in order, until the server takes each or answers 400, 413 or 422. When the spool is full `write` waits, which holds collectors back.
 */
export class HttpIngestClient implements IngestClient, AsyncDisposable {
  readonly #deps: HttpIngestClientDeps;
  readonly #stop = new AbortController();
  readonly #reports = new Map<string, SourceReport>();
  #replaying: Promise<void> | undefined;
  #reporting: Promise<void> | undefined;

  constructor(deps: HttpIngestClientDeps) {
    this.#deps = deps;
    this.#replay();
  }

  async write(batch: SampleBatch, signal: AbortSignal): Promise<WriteReceipt> {
    const body = await zip(JSON.stringify(encodeSampleBatch(batch)));
    if (this.#deps.spool.messages === 0) {
      try {
        return await this.#post(body, signal);
      } catch (error) {
        signal.throwIfAborted();
        if (isRefusal(error)) {
          this.#deps.onDelivery('refused');
          throw new BatchRefusedError(`the server refused a batch of ${batch.source}: ${error.message} ${error.answer}`, {
            cause: error,
          });
        }
      }
    }
    await this.#keep(body, signal);
    return { accepted: batch.values.length, duplicate: 0, tooOld: 0, invalid: 0, problems: [] };
  }

  async watermark(source: string, signal: AbortSignal): Promise<number | null> {
    const backoff = new Backoff(BACKOFF, this.#deps.random);
    const url = this.#url('watermark');
    url.searchParams.set('source', source);
    for (;;) {
      try {
        const answer = await this.#deps.http.send({ url, timeoutMs: TIMEOUT_MS, maxBytes: MAX_BYTES, signal });
        return Watermark.parse(JSON.parse(answer.body.toString('utf8'))).watermarkMs;
      } catch (error) {
        signal.throwIfAborted();
        this.#deps.log.warn({ err: error, source }, 'server does not tell the watermark, asking again');
        await pause(this.#deps.clock, backoff.next(error instanceof HttpError ? error.retryAfterMs : 0), signal);
      }
    }
  }

  report(report: SourceReport): void {
    this.#reports.set(report.source, report);
    this.#reporting ??= this.#sendReports().finally(() => {
      this.#reporting = undefined;
    });
  }

  /** Stops replaying; what waits stays on disk for the next process. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort(new Error('the ingest client is stopping'));
    await Promise.all([this.#replaying, this.#reporting]);
  }

  async #post(body: Buffer, signal: AbortSignal): Promise<WriteReceipt> {
    const headers = { 'content-type': 'application/json', 'content-encoding': 'gzip' };
    const url = this.#url('samples');
    const answer = await this.#deps.http.send({
      url,
      method: 'POST',
      headers,
      body,
      timeoutMs: TIMEOUT_MS,
      maxBytes: MAX_BYTES,
      signal,
    });
    return WriteReceipt.parse(JSON.parse(answer.body.toString('utf8')));
  }

  async #keep(body: Buffer, signal: AbortSignal): Promise<void> {
    while (!this.#deps.spool.hasRoomFor(body.length)) {
      await pause(this.#deps.clock, FULL_RETRY_MS, signal);
    }
    await this.#deps.spool.append(body);
    this.#deps.onDelivery('spooled');
    this.#replay();
  }

  #replay(): void {
    this.#replaying ??= this.#drain(this.#stop.signal)
      .catch((error: unknown) => {
        if (!this.#stop.signal.aborted) {
          this.#deps.log.error({ err: error }, 'replay of the spool has stopped until the next batch');
        }
      })
      .finally(() => {
        this.#replaying = undefined;
      });
  }

  async #drain(signal: AbortSignal): Promise<void> {
    const backoff = new Backoff(BACKOFF, this.#deps.random);
    for (let body = await this.#deps.spool.peek(); body !== undefined; body = await this.#deps.spool.peek()) {
      try {
        await this.#post(body, signal);
        this.#deps.onDelivery('replayed');
      } catch (error) {
        signal.throwIfAborted();
        if (!isRefusal(error)) {
          if (backoff.failures === 0) {
            this.#deps.log.warn({ err: error, waiting: this.#deps.spool.messages }, 'server takes no batches, they wait on disk');
          }
          await pause(this.#deps.clock, backoff.next(error instanceof HttpError ? error.retryAfterMs : 0), signal);
          continue;
        }
        this.#deps.onDelivery('refused');
        this.#deps.log.error({ err: error, answer: error.answer }, 'server refused a spooled batch, it is dropped');
      }
      backoff.reset();
      await this.#deps.spool.drop();
    }
  }

  async #sendReports(): Promise<void> {
    const headers = { 'content-type': 'application/json' };
    for (const [source, report] of this.#reports) {
      // Iteration goes on with what is set meanwhile, so the newest of each source is sent last.
      this.#reports.delete(source);
      const body = JSON.stringify(report);
      const request = {
        url: this.#url('sources'),
        method: 'POST',
        headers,
        body,
        timeoutMs: TIMEOUT_MS,
        maxBytes: MAX_BYTES,
      } as const;
      await this.#deps.http.send({ ...request, signal: this.#stop.signal }).catch((err: unknown) => {
        this.#deps.log.debug({ err, source }, 'source report not delivered');
      });
    }
  }

  #url(endpoint: string): URL {
    const url = new URL(this.#deps.server);
    url.pathname = `${url.pathname.replace(/\/$/, '')}/api/v1/ingest/${endpoint}`;
    return url;
  }
}

/**
 * Only these say something about the batch itself. Anything else is about the way there, such as a token that is being rotated or an
 * ingress that answers 404 or a redirect while the server is deployed: it is mended without touching the batches, so they wait for it.
 */
function isRefusal(error: unknown): error is HttpError {
  return error instanceof HttpError && error.status !== undefined && REFUSALS.has(error.status);
}
