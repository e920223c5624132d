import { setImmediate } from 'node:timers/promises';
import type { LabelSet } from '@tila/contract/labels.ts';
import { type MetricMetadata, STALE_MARKER } from '@tila/contract/samples.ts';
import type { Clock } from '../../clock.ts';
import type { HttpClient } from '../../http/http-client.ts';
import { bodyParts } from '../exposition/body-parts.ts';
import { ExpositionParser } from '../exposition/exposition-parser.ts';
import { formatOf, SCRAPE_ACCEPT } from '../exposition/format.ts';
import { MetadataBook } from '../metadata-book.ts';
import { SampleColumns } from '../sample-columns.ts';
import { ScrapedPage } from './scraped-page.ts';
import type { Target } from './target.ts';
import type { ScrapedSeries, TargetSeries } from './target-series.ts';

export interface ScraperDeps {
  readonly http: HttpClient;
  readonly clock: Clock;
  readonly series: TargetSeries;
}

export interface ScrapeOptions {
  readonly honorTimestamps: boolean;
  /** 0 means no limit. */
  readonly sampleLimit: number;
  readonly maxBytes: number;
}

/** What came of one scrape: rows to store in any case, `up` among them. */
export interface ScrapeOutcome {
  readonly columns: SampleColumns;
  readonly metadata: Record<string, MetricMetadata>;
  /** Null when the target is up. */
  readonly error: Error | null;
  readonly durationMs: number;
  readonly samples: number;
}

export class SampleLimitError extends Error {
  override readonly name = 'SampleLimitError';
}

const REPORTED = [
  'up',
  'scrape_duration_seconds',
  'scrape_samples_scraped',
  'scrape_samples_post_metric_relabeling',
  'scrape_series_added',
] as const;

/** Scrapes one target and remembers which series it had, so that it can say when one has ended. */
export class TargetScraper {
  readonly #target: Target;
  readonly #options: ScrapeOptions;
  readonly #deps: ScraperDeps;
  readonly #parser = new ExpositionParser<ScrapedSeries>();
  readonly #metadata = new MetadataBook();
  readonly #reported: readonly ScrapedSeries[];
  readonly #url: URL;
  readonly #headers: Readonly<Record<string, string>>;
  /** Series of the last scrape whose end is ours to tell: those without a timestamp of their own. */
  #living: readonly ScrapedSeries[] = [];
  /** Of the last batch. */
  #labels: readonly LabelSet[] = [];
  #scrape = 0;
  #lastGoodScrape = -1;

  constructor(target: Target, options: ScrapeOptions, deps: ScraperDeps) {
    this.#target = target;
    this.#options = options;
    this.#deps = deps;
    this.#url = new URL(target.url);
    this.#headers = { accept: SCRAPE_ACCEPT, 'x-prometheus-scrape-timeout-seconds': String(target.timeoutMs / 1000) };
    this.#reported = REPORTED.map((name) => deps.series.added(name));
  }

  /** Never rejects but when the signal aborts. Rows are stamped `atMs`. */
  async scrape(atMs: number, signal: AbortSignal): Promise<ScrapeOutcome> {
    const startedAt = this.#deps.clock.now();
    this.#scrape += 1;
    const page = new ScrapedPage({
      atMs,
      scrape: this.#scrape,
      lastGoodScrape: this.#lastGoodScrape,
      honorTimestamps: this.#options.honorTimestamps,
      labels: this.#labels,
      living: this.#living,
      series: this.#deps.series,
      metadata: this.#metadata,
    });
    let error: Error | null = null;
    try {
      await this.#fetchInto(page, signal);
      this.#lastGoodScrape = this.#scrape;
    } catch (problem) {
      signal.throwIfAborted();
      error = problem instanceof Error ? problem : new Error(String(problem));
      this.#lastGoodScrape = -1;
    }
    const columns = error === null ? page.columns : new SampleColumns();
    const durationMs = this.#deps.clock.now() - startedAt;
    this.#endVanished(columns, error === null ? page.living.items : [], atMs);
    this.#report(columns, atMs, [
      error === null ? 1 : 0,
      durationMs / 1000,
      page.scraped,
      error === null ? page.stored : 0,
      error === null ? page.added : 0,
    ]);
    this.#labels = columns.labels;
    return { columns, metadata: this.#metadata.takeChanged(), error, durationMs, samples: page.scraped };
  }

  /** Rows that end every series of the target, for when it is no longer to be scraped. */
  end(atMs: number): SampleColumns {
    const columns = new SampleColumns();
    this.#endVanished(columns, [], atMs);
    for (const series of this.#reported) {
      if (series.labels !== null && this.#scrape > 0) {
        columns.add(series.labels, atMs, STALE_MARKER);
      }
    }
    return columns;
  }

  async #fetchInto(page: ScrapedPage, signal: AbortSignal): Promise<void> {
    const { timeoutMs } = this.#target;
    const { maxBytes, sampleLimit } = this.#options;
    const answer = await this.#deps.http.sendForChunks({ url: this.#url, headers: this.#headers, timeoutMs, maxBytes, signal });
    await inSlices(this.#parser.steps(bodyParts(answer.chunks), formatOf(answer.contentType), page), signal);
    if (sampleLimit > 0 && page.stored > sampleLimit) {
      throw new SampleLimitError(`${page.stored} samples after relabelling, sample_limit is ${sampleLimit}`);
    }
  }

  /** Ends what lived before and is not among `living`. */
  #endVanished(columns: SampleColumns, living: readonly ScrapedSeries[], atMs: number): void {
    if (living === this.#living) {
      return;
    }
    const isAlive = living.length === 0 ? () => false : (series: ScrapedSeries) => series.scrape === this.#scrape;
    for (const series of this.#living) {
      if (series.labels !== null && !isAlive(series)) {
        columns.add(series.labels, atMs, STALE_MARKER);
      }
    }
    this.#living = living;
    this.#deps.series.forget(living);
  }

  #report(columns: SampleColumns, atMs: number, values: readonly number[]): void {
    for (const [index, series] of this.#reported.entries()) {
      if (series.labels !== null) {
        columns.add(series.labels, atMs, values[index] ?? 0);
      }
    }
  }
}

/** A large body must not hold up everything else this process does. */
const SLICE_MS = 4;

async function inSlices(steps: Iterable<unknown>, signal: AbortSignal): Promise<void> {
  let startedAt = performance.now();
  for (const _ of steps) {
    if (performance.now() - startedAt >= SLICE_MS) {
      await setImmediate();
      signal.throwIfAborted();
      startedAt = performance.now();
    }
  }
}
