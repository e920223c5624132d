import type { LabelSet } from '@tila/contract/labels.ts';
import { pause } from '../../clock.ts';
import type { Collector, CollectorDeps } from '../../collector.ts';
import { Backoff } from '../../delivery/backoff.ts';
import { HttpClient } from '../../http/http-client.ts';
import { HttpError } from '../../http/http-error.ts';
import { GapFiller } from '../history/gap-filler.ts';
import { HistoryReader } from '../history/history-reader.ts';
import { SeriesBook } from '../history/series-book.ts';
import type { SampleColumns } from '../sample-columns.ts';
import { maxLagMs } from '../scrape/schema.ts';
import { SeriesMapping } from '../series-mapping.ts';
import { SourceReporter } from '../source-report.ts';
import { readExternalLabels, withExternalLabels } from './external-labels.ts';
import { FederationPull } from './federation-pull.ts';
import type { PrometheusFederateConfig } from './schema.ts';

/** With more than this many intervals uncovered, the gap is filled from the server's history before pulling goes on. */
const GAP_INTERVALS = 1.5;
const LONGEST_BACKOFF_MS = 60_000;
const LOOKBACK_MS = 5 * 60_000;
const FORGET_AFTER_MS = 60 * 60_000;

/**
 * Pulls series from an existing Prometheus server.
 *
 * First the gap since the source's watermark is filled, then pulls follow: so each series stays in order. A pull brings the
 * newest sample of each series; where the time since the one before shows that another lies between, that stretch is read from the
 * server's history first. The watermark is the start of the last good pull minus `settle`; a failed pull moves nothing
 * and ends no series, because a server that is silent has not said that its series ended. A server that answers pulls but refuses
 * its history for good is pulled without: that is reported, and what only its history held stays missing.
 */
export class FederateCollector implements Collector {
  readonly source: string;
  readonly #config: PrometheusFederateConfig;
  readonly #deps: CollectorDeps;
  readonly #http: HttpClient;
  readonly #reporter: SourceReporter;
  readonly #book: SeriesBook;
  readonly #pull: FederationPull;
  readonly #filler: GapFiller;
  readonly #stop = new AbortController();
  #externalLabels: LabelSet = {};
  /** Up to here nothing is missing, as far as the other server had stored it. Null until it is known where to begin. */
  #coveredToMs: number | null = null;
  /** Whether that was said already; said again once history has been read in between. */
  #isRefusalSaid = false;
  #running: Promise<unknown> = Promise.resolve();

  constructor(config: PrometheusFederateConfig, deps: CollectorDeps) {
    const { interval: intervalMs, name: source, url, match } = config;
    const timeoutMs = config.timeout ?? Math.min(intervalMs, 10_000);
    this.source = source;
    this.#config = config;
    this.#deps = deps;
    this.#http = new HttpClient({ ...deps, config });
    this.#reporter = new SourceReporter({ source, kind: config.type, intervalMs, maxLagMs: maxLagMs(config, intervalMs) }, deps);
    const mapping = new SeriesMapping(config.labels, deps.mapping);
    this.#book = new SeriesBook({
      identify: (labels) => withExternalLabels(labels, this.#externalLabels),
      toStored: (labels) => mapping.apply(labels),
    });
    this.#pull = new FederationPull({ http: this.#http, book: this.#book, url, match, timeoutMs });
    const reader = new HistoryReader({
      ...deps,
      http: this.#http,
      url,
      method: config.backfill_method,
      stepMs: config.backfill_step ?? intervalMs,
      timeoutMs: Math.max(timeoutMs, 30_000),
      onRetry: () => deps.metrics.retried(source),
    });
    this.#filler = new GapFiller({
      ...deps,
      source,
      reader,
      book: this.#book,
      selectors: match,
      store: (columns, watermarkMs) => this.#store(columns, watermarkMs),
      onProgress: (progress) => this.#reporter.filling(progress),
    });
  }

  start(): void {
    this.#reporter.send();
    this.#running = this.#run(this.#stop.signal).catch((error: unknown) => {
      if (!this.#stop.signal.aborted) {
        this.#deps.log.error({ err: error, source: this.source }, 'collector has stopped');
        this.#reporter.failed(error);
        this.#reporter.send();
      }
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort(new Error(`collector ${this.source} is stopping`));
    await this.#running;
    await this.#http[Symbol.asyncDispose]();
  }

  async #run(signal: AbortSignal): Promise<void> {
    const { clock, random } = this.#deps;
    const backoff = new Backoff({ firstMs: 1_000, longestMs: LONGEST_BACKOFF_MS }, random);
    let isPrepared = false;
    for (;;) {
      try {
        isPrepared = isPrepared || (await this.#prepare(signal));
        this.#coveredToMs ??= await this.#firstMissing(signal);
        const refusal = await this.#closeGap(this.#coveredToMs, signal);
        await this.#pullOnce(refusal, signal);
        backoff.reset();
        await pause(clock, this.#untilNextSlot(), signal);
      } catch (error) {
        signal.throwIfAborted();
        this.#failed(error);
        await pause(clock, backoff.next(error instanceof HttpError ? error.retryAfterMs : 0), signal);
      }
    }
  }

  async #prepare(signal: AbortSignal): Promise<true> {
    const configured = this.#config.external_labels;
    const labels = configured === 'auto' ? await readExternalLabels(this.#http, this.#config.url, signal) : configured;
    if (labels === null) {
      this.#deps.log.warn(
        { source: this.source },
        'server hides its configuration; set external_labels if it has any, or filled gaps lack them',
      );
    }
    this.#externalLabels = labels ?? {};
    return true;
  }

  async #firstMissing(signal: AbortSignal): Promise<number> {
    const now = this.#deps.clock.now();
    const watermarkMs = await this.#deps.ingest.watermark(this.source, signal);
    if (watermarkMs === null) {
      return now - this.#config.backfill;
    }
    const oldestMs = now - this.#config.backfill_limit;
    if (watermarkMs < oldestMs) {
      this.#deps.log.warn(
        { source: this.source, fromAt: watermarkMs, toAt: oldestMs },
        'gap is longer than backfill_limit, its older part stays missing',
      );
    }
    return Math.min(Math.max(watermarkMs, oldestMs), now);
  }

  /** Resolves with the error when the server refuses its history for good; rejects with what may pass. */
  async #closeGap(coveredToMs: number, signal: AbortSignal): Promise<HttpError | null> {
    const longestMs = GAP_INTERVALS * this.#config.interval;
    if (this.#deps.clock.now() - coveredToMs <= longestMs) {
      return null;
    }
    return this.#unlessRefused(async () => {
      // What another server stores late for moments before the gap is read once more; known samples are skipped.
      const doneToMs = await this.#filler.fill(coveredToMs - this.#config.settle, longestMs, signal);
      this.#pull.expect([...this.#book.all()].filter((series) => series.lastAtMs > doneToMs - LOOKBACK_MS));
    });
  }

  /**
   * Once pulled, time is covered up to now, also over a gap whose filling was refused. Only then, because a server that
   * refuses pulls too, say for a token that is being rotated, may serve its history later.
   */
  async #pullOnce(gapRefusal: HttpError | null, signal: AbortSignal): Promise<void> {
    const { clock, metrics } = this.#deps;
    const atMs = clock.now();
    const samples = await this.#pull.fetch(atMs, signal);
    const refusal = gapRefusal ?? (await this.#repairHole(this.#pull.holeAfter(samples), atMs, signal));
    const columns = this.#pull.take(samples, atMs);
    await this.#store(columns, atMs);
    metrics.scraped({ source: this.source, ok: true, durationMs: clock.now() - atMs, samples: samples.length });
    this.#book.forget(atMs - FORGET_AFTER_MS);
    this.#reporter.succeeded();
    if (refusal !== null) {
      this.#reportRefusal(refusal);
    }
    this.#reporter.send();
  }

  async #repairHole(holeAfterMs: number | null, atMs: number, signal: AbortSignal): Promise<HttpError | null> {
    if (holeAfterMs === null) {
      return null;
    }
    const window = { afterMs: Math.max(holeAfterMs, atMs - LOOKBACK_MS), toMs: atMs };
    return this.#unlessRefused(() => this.#filler.fillWindow(window, signal));
  }

  async #unlessRefused(readHistory: () => Promise<void>): Promise<HttpError | null> {
    try {
      await readHistory();
      this.#isRefusalSaid = false;
      return null;
    } catch (error) {
      if (error instanceof HttpError && !error.mayPass) {
        return error;
      }
      throw error;
    }
  }

  #reportRefusal(error: HttpError): void {
    if (this.#isRefusalSaid) {
      return;
    }
    this.#isRefusalSaid = true;
    const { source } = this;
    this.#deps.log.warn(
      { err: error, answer: error.answer, source },
      'server refuses its history, gaps in what is pulled stay open',
    );
    this.#reporter.failed(new Error(`history cannot be read, only new samples are pulled: ${error.message}`, { cause: error }));
  }

  async #store(columns: SampleColumns, coveredToMs: number | undefined): Promise<void> {
    const watermarkMs = coveredToMs === undefined ? undefined : coveredToMs - this.#config.settle;
    await this.#deps.ingest.write(columns.toBatch(this.source, { watermarkMs }), this.#stop.signal);
    this.#coveredToMs = coveredToMs ?? this.#coveredToMs;
  }

  #untilNextSlot(): number {
    const { interval } = this.#config;
    return interval - (this.#deps.clock.now() % interval);
  }

  #failed(error: unknown): void {
    this.#deps.metrics.scraped({ source: this.source, ok: false, durationMs: 0, samples: 0 });
    this.#deps.log.warn({ err: error, source: this.source }, 'pull failed');
    this.#reporter.failed(error);
    this.#reporter.send();
  }
}
