import type { SampleBatch } from '@tila/contract/samples.ts';
import { pause } from '../../clock.ts';
import type { Collector, CollectorDeps } from '../../collector.ts';
import { HttpClient } from '../../http/http-client.ts';
import { Relabeler } from '../../relabel/relabel.ts';
import { SampleColumns } from '../sample-columns.ts';
import { SeriesMapping } from '../series-mapping.ts';
import { SourceReporter } from '../source-report.ts';
import { TextPool } from '../text-pool.ts';
import { LowestFirst } from './lowest-first.ts';
import { maxLagMs, type PrometheusScrapeConfig } from './schema.ts';
import { fillFromHistory } from './scrape-history.ts';
import { ScrapeLoop } from './scrape-loop.ts';
import type { Target } from './target.ts';
import { TargetDiscovery } from './target-discovery.ts';
import { type ScrapeOutcome, TargetScraper } from './target-scraper.ts';
import { TargetSeries } from './target-series.ts';

interface RunningLoop {
  readonly loop: ScrapeLoop;
  readonly stop: AbortController;
  readonly done: Promise<void>;
}

/** While there are no targets, or one holds the watermark back, it is looked at again this often. */
const HEARTBEAT_MS = 1_000;
const DISCOVERY_PATIENCE_MS = 30_000;
const UNLIMITED_BYTES = 1024 * 1024 * 1024;

/**
 * Scrapes the targets of one scrape configuration.
 *
 * The source's watermark is the earliest time up to which one of its targets has said everything: a target that waits for its
 * next slot has nothing more to say until then, one whose scrape is under way or not stored yet has spoken up to just before that
 * scrape. It mostly lies a little ahead of now, so that a rule's slot can be evaluated the moment it comes, without waiting for the
 * scrape after it. A failed scrape counts as said: it says `up` is 0. There is no watermark until every discovery has answered once.
 */
export class ScrapeCollector implements Collector {
  readonly source: string;
  readonly #config: PrometheusScrapeConfig;
  readonly #deps: CollectorDeps;
  readonly #http: HttpClient;
  readonly #discovery: TargetDiscovery;
  readonly #mapping: SeriesMapping;
  readonly #metricRelabeler: Relabeler;
  readonly #reporter: SourceReporter;
  readonly #stop = new AbortController();
  readonly #texts = new TextPool();
  readonly #loops = new Map<string, RunningLoop>();
  /** The loops by how far they have said everything; made when it is asked for after a loop has come or gone. */
  #bySaid: LowestFirst<ScrapeLoop> | undefined;
  #ending: Promise<void>[] = [];
  #running: Promise<unknown> = Promise.resolve();
  #watermarkMs = Number.NEGATIVE_INFINITY;

  constructor(config: PrometheusScrapeConfig, deps: CollectorDeps) {
    this.source = config.name;
    this.#config = config;
    this.#deps = deps;
    this.#http = new HttpClient({ ...deps, config });
    this.#discovery = new TargetDiscovery(config, deps);
    this.#mapping = new SeriesMapping(config.labels, deps.mapping);
    this.#metricRelabeler = new Relabeler(config.metric_relabel_configs);
    const intervalMs = config.scrape_interval;
    this.#reporter = new SourceReporter(
      { source: config.name, kind: config.type, intervalMs, maxLagMs: maxLagMs(config, intervalMs) },
      deps,
    );
  }

  start(): void {
    this.#reporter.send();
    this.#running = this.#run(this.#stop.signal).catch((error: unknown) => this.#stopped(error));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort(new Error(`collector ${this.source} is stopping`));
    for (const { stop } of this.#loops.values()) {
      stop.abort(this.#stop.signal.reason);
    }
    await this.#running;
    await Promise.all([...this.#loops.values()].map((running) => running.done));
    await Promise.all([this.#http[Symbol.asyncDispose](), this.#discovery[Symbol.asyncDispose]()]);
  }

  async #run(signal: AbortSignal): Promise<void> {
    const { history } = this.#config;
    let targets: readonly Target[] = [];
    let isFilling = history !== undefined;
    const discovering = this.#discovery.run((found) => {
      targets = found;
      if (!isFilling) {
        this.#follow(found);
      }
    }, signal);
    // It is awaited below; until then a rejection must not count as unhandled.
    discovering.catch(() => undefined);
    if (history !== undefined) {
      await this.#untilDiscovered(signal);
      const { mapping, reporter } = { mapping: this.#mapping, reporter: this.#reporter };
      await fillFromHistory(this.#config, history, { ...this.#deps, mapping, reporter, targets, signal });
      isFilling = false;
      this.#follow(targets);
    }
    await Promise.all([discovering, this.#beat(signal)]);
  }

  /** Waits for the first answers of discovery, but not for ever. */
  async #untilDiscovered(signal: AbortSignal): Promise<void> {
    const giveUpAt = this.#deps.clock.now() + DISCOVERY_PATIENCE_MS;
    while (!this.#discovery.hasAnswered && this.#deps.clock.now() < giveUpAt) {
      await pause(this.#deps.clock, 100, signal);
    }
  }

  /** Starts loops for new targets, ends those of targets that have gone. */
  #follow(targets: readonly Target[]): void {
    const wanted = new Map(targets.map((target) => [target.key, target]));
    for (const [key, running] of this.#loops) {
      if (!wanted.has(key)) {
        this.#ending.push(this.#end(key, running).catch((error: unknown) => this.#stopped(error)));
      }
    }
    for (const [key, target] of wanted) {
      if (!this.#loops.has(key)) {
        this.#loops.set(key, this.#begin(target));
        this.#bySaid = undefined;
      }
    }
  }

  #begin(target: Target): RunningLoop {
    const { clock } = this.#deps;
    const { config, options } = { config: this.#config, options: this.#scrapeOptions() };
    const series = new TargetSeries({
      targetLabels: target.labels,
      honorLabels: config.honor_labels,
      metricRelabeler: this.#metricRelabeler,
      mapping: this.#mapping,
      limits: {
        labels: config.label_limit,
        nameLength: config.label_name_length_limit,
        valueLength: config.label_value_length_limit,
      },
      texts: this.#texts,
    });
    const scraper = new TargetScraper(target, options, { http: this.#http, clock, series });
    const loop = new ScrapeLoop(target, { clock, scraper, store: (of, outcome) => this.#store(of, outcome) });
    const stop = new AbortController();
    if (this.#stop.signal.aborted) {
      stop.abort(this.#stop.signal.reason);
    }
    const done = loop.run(stop.signal).catch((error: unknown) => {
      if (!stop.signal.aborted) {
        this.#stopped(error);
      }
    });
    return { loop, stop, done };
  }

  async #end(key: string, running: RunningLoop): Promise<void> {
    running.stop.abort(new Error('the target has gone'));
    await running.done;
    this.#loops.delete(key);
    this.#bySaid = undefined;
    await this.#deliver(running.loop.end().toBatch(this.source, {}));
  }

  #scrapeOptions(): { honorTimestamps: boolean; sampleLimit: number; maxBytes: number } {
    return {
      honorTimestamps: this.#config.honor_timestamps,
      sampleLimit: this.#config.sample_limit,
      maxBytes: this.#config.body_size_limit === 0 ? UNLIMITED_BYTES : this.#config.body_size_limit,
    };
  }

  async #store(loop: ScrapeLoop, outcome: ScrapeOutcome): Promise<void> {
    const { durationMs, samples, error } = outcome;
    this.#deps.metrics.scraped({ source: this.source, ok: error === null, durationMs, samples });
    if (error === null) {
      this.#reporter.succeeded();
    } else {
      this.#reporter.failed(new Error(`${loop.target.url}: ${error.message}`));
      this.#deps.log.debug({ err: error, source: this.source, url: loop.target.url }, 'scrape failed');
    }
    const watermarkMs = this.#advance(loop);
    await this.#deliver(outcome.columns.toBatch(this.source, { watermarkMs, metadata: outcome.metadata }));
    if (this.#loops.size <= 1) {
      this.#reportTargets();
    }
  }

  /** A batch that is refused is lost and said; scraping goes on. */
  async #deliver(batch: SampleBatch): Promise<void> {
    try {
      const receipt = await this.#deps.ingest.write(batch, this.#stop.signal);
      if (receipt.invalid > 0) {
        this.#reporter.failed(new Error(`${receipt.invalid} samples were refused: ${receipt.problems.join('; ')}`));
      }
    } catch (error) {
      this.#stop.signal.throwIfAborted();
      this.#reporter.failed(error);
      this.#deps.log.error({ err: error, source: this.source, rows: batch.values.length }, 'a batch was refused');
    }
  }

  /** The watermark to send now, or undefined when it has not moved. What `storing` is about to store counts as stored. */
  #advance(storing?: ScrapeLoop): number | undefined {
    if (!this.#discovery.hasAnswered || this.#ending.length > 0) {
      return undefined;
    }
    const watermarkMs = this.#saidByAll(storing);
    if (watermarkMs <= this.#watermarkMs) {
      return undefined;
    }
    this.#watermarkMs = watermarkMs;
    return watermarkMs;
  }

  #saidByAll(storing: ScrapeLoop | undefined): number {
    if (this.#loops.size === 0) {
      return this.#deps.clock.now();
    }
    this.#bySaid ??= new LowestFirst(
      this.#loops.values().map(({ loop }) => loop),
      (loop) => loop.saidUpTo(),
    );
    return storing === undefined ? this.#bySaid.lowest : Math.min(storing.saidOnceStored(), this.#bySaid.lowestWithout(storing));
  }

  async #beat(signal: AbortSignal): Promise<void> {
    for (;;) {
      await pause(this.#deps.clock, HEARTBEAT_MS, signal);
      await Promise.all(this.#ending);
      this.#ending = [];
      const isBehind = this.#deps.clock.now() - this.#watermarkMs >= HEARTBEAT_MS;
      const watermarkMs = isBehind ? this.#advance() : undefined;
      if (watermarkMs !== undefined) {
        await this.#deliver(new SampleColumns().toBatch(this.source, { watermarkMs }));
      }
      this.#reportTargets();
    }
  }

  #reportTargets(): void {
    this.#reporter.send([...this.#loops.values()].map(({ loop }) => loop.report()));
  }

  #stopped(error: unknown): void {
    if (!this.#stop.signal.aborted) {
      this.#reporter.failed(error);
      this.#reporter.send();
      this.#deps.log.error({ err: error, source: this.source }, 'a part of the collector has stopped');
    }
  }
}
