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

interface Counts {
  scraped: number;
  stored: number;
  added: number;
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
  /** Series of the last scrape whose end is ours to tell: those without a timestamp of their own. */
  #living: ScrapedSeries[] = [];
  /** Of the last batch. */
  #labels: readonly LabelSet[] = [];
  #scrape = 0;
  #lastGoodScrape = -1;

  constructor(target: Target, options: ScrapeOptions, deps: ScraperDeps) {
    this.#target = target;
    this.#options = options;
    this.#deps = deps;
    this.#reported = REPORTED.map((name) => deps.series.added(name));
  }

  /** Never rejects but when the signal aborts. Rows are stamped `atMs`. */
  async scrape(atMs: number, signal: AbortSignal): Promise<ScrapeOutcome> {
    const startedAt = this.#deps.clock.now();
    this.#scrape += 1;
    const columns = new SampleColumns(this.#labels);
    const counts: Counts = { scraped: 0, stored: 0, added: 0 };
    let error: Error | null = null;
    let living: ScrapedSeries[] = [];
    try {
      living = await this.#fetchInto(columns, { counts, atMs, signal });
      this.#lastGoodScrape = this.#scrape;
    } catch (problem) {
      signal.throwIfAborted();
      error = problem instanceof Error ? problem : new Error(String(problem));
      this.#lastGoodScrape = -1;
    }
    const kept = error === null ? columns : new SampleColumns();
    const durationMs = this.#deps.clock.now() - startedAt;
    this.#endVanished(kept, error === null ? living : [], atMs);
    this.#report(kept, atMs, [
      error === null ? 1 : 0,
      durationMs / 1000,
      counts.scraped,
      error === null ? counts.stored : 0,
      error === null ? counts.added : 0,
    ]);
    this.#labels = kept.labels;
    return { columns: kept, metadata: this.#metadata.takeChanged(), error, durationMs, samples: counts.scraped };
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

  async #fetchInto(
    columns: SampleColumns,
    scrape: { counts: Counts; atMs: number; signal: AbortSignal },
  ): Promise<ScrapedSeries[]> {
    const { url, timeoutMs } = this.#target;
    const headers = { accept: SCRAPE_ACCEPT, 'x-prometheus-scrape-timeout-seconds': String(timeoutMs / 1000) };
    const { maxBytes } = this.#options;
    const answer = await this.#deps.http.sendForChunks({ url, headers, timeoutMs, maxBytes, signal: scrape.signal });
    const living: ScrapedSeries[] = [];
    const steps = this.#parser.steps(bodyParts(answer.chunks), formatOf(answer.contentType), {
      resolve: (labels) => this.#deps.series.exposed(labels),
      metadata: (family, patch) => this.#metadata.add(family, patch),
      sample: (series, value, timestampMs) => {
        scrape.counts.scraped += 1;
        if (series.labels === null) {
          return;
        }
        scrape.counts.stored += 1;
        this.#take(series, timestampMs, { value, columns, living, atMs: scrape.atMs, counts: scrape.counts });
      },
    });
    await inSlices(steps, scrape.signal);
    const { sampleLimit } = this.#options;
    if (sampleLimit > 0 && scrape.counts.stored > sampleLimit) {
      throw new SampleLimitError(`${scrape.counts.stored} samples after relabelling, sample_limit is ${sampleLimit}`);
    }
    return living;
  }

  #take(
    series: ScrapedSeries,
    ownTimestampMs: number,
    row: { value: number; columns: SampleColumns; living: ScrapedSeries[]; atMs: number; counts: Counts },
  ): void {
    const isOwn = this.#options.honorTimestamps && !Number.isNaN(ownTimestampMs);
    const timestampMs = isOwn ? ownTimestampMs : row.atMs;
    const isFirst = series.scrape !== this.#scrape;
    if (series.timestampMs === timestampMs && (!isFirst || series.scrape === this.#lastGoodScrape)) {
      // The series twice in one body, or a timestamp of the exporter's own that has not moved: the first value stands.
      series.scrape = this.#scrape;
      return;
    }
    if (series.scrape !== this.#lastGoodScrape && isFirst) {
      row.counts.added += 1;
    }
    if (isFirst && !isOwn) {
      row.living.push(series);
    }
    series.scrape = this.#scrape;
    series.timestampMs = timestampMs;
    if (series.labels !== null) {
      // The number that stands for "ended" in memory can only be an accident in an exporter.
      row.columns.add(series.labels, timestampMs, row.value === STALE_MARKER ? 0 : row.value);
    }
  }

  /** Ends what lived before and is not among `living`. */
  #endVanished(columns: SampleColumns, living: ScrapedSeries[], atMs: number): void {
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
