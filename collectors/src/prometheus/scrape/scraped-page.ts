import type { LabelSet } from '@tila/contract/labels.ts';
import { type MetricMetadata, STALE_MARKER } from '@tila/contract/samples.ts';
import type { ExpositionVisitor } from '../exposition/exposition-parser.ts';
import type { MetadataBook } from '../metadata-book.ts';
import { RepeatedList } from '../repeated-list.ts';
import { SampleColumns } from '../sample-columns.ts';
import type { ScrapedSeries, TargetSeries } from './target-series.ts';

export interface ScrapedPageDeps {
  /** Time stamp of rows that have none of their own. */
  readonly atMs: number;
  /** Number of this scrape. */
  readonly scrape: number;
  /** Number of the last one when that was good. */
  readonly lastGoodScrape: number;
  readonly honorTimestamps: boolean;
  /** Label sets of the last batch. */
  readonly labels: readonly LabelSet[];
  /** Those of the last scrape. */
  readonly living: readonly ScrapedSeries[];
  readonly series: TargetSeries;
  readonly metadata: MetadataBook;
}

/** What one scrape of a target brings, row by row. One object takes all rows: making one for each would cost more than reading it. */
export class ScrapedPage implements ExpositionVisitor<ScrapedSeries> {
  readonly columns: SampleColumns;
  /** Series whose end is ours to tell: those without a timestamp of their own. */
  readonly living: RepeatedList<ScrapedSeries>;
  /** Samples on the page. */
  scraped = 0;
  /** Those of them that relabelling keeps. */
  stored = 0;
  /** Series that the last scrape did not have. */
  added = 0;
  readonly #atMs: number;
  readonly #scrape: number;
  readonly #lastGoodScrape: number;
  readonly #honorTimestamps: boolean;
  readonly #series: TargetSeries;
  readonly #metadata: MetadataBook;

  constructor(deps: ScrapedPageDeps) {
    this.columns = new SampleColumns(deps.labels);
    this.living = new RepeatedList(deps.living);
    this.#atMs = deps.atMs;
    this.#scrape = deps.scrape;
    this.#lastGoodScrape = deps.lastGoodScrape;
    this.#honorTimestamps = deps.honorTimestamps;
    this.#series = deps.series;
    this.#metadata = deps.metadata;
  }

  resolve(labels: LabelSet): ScrapedSeries {
    return this.#series.exposed(labels);
  }

  metadata(family: string, patch: Partial<MetricMetadata>): void {
    this.#metadata.add(family, patch);
  }

  sample(series: ScrapedSeries, value: number, timestampMs: number): void {
    this.scraped += 1;
    if (series.labels === null) {
      return;
    }
    this.stored += 1;
    if (this.#honorTimestamps && !Number.isNaN(timestampMs)) {
      this.#takeOwn(series, value, timestampMs);
      return;
    }
    if (series.scrape !== this.#scrape) {
      this.added += series.scrape === this.#lastGoodScrape ? 0 : 1;
      series.scrape = this.#scrape;
      this.living.push(series);
    } else if (series.ownMs === null || series.ownMs === this.#atMs) {
      // The series twice in one body: the first value stands.
      return;
    }
    series.ownMs = null;
    this.columns.add(series.labels, this.#atMs, storable(value));
  }

  /** A row with a timestamp of the exporter's own. */
  #takeOwn(series: ScrapedSeries, value: number, timestampMs: number): void {
    const isFirst = series.scrape !== this.#scrape;
    const before = isFirst ? series.ownMs : (series.ownMs ?? this.#atMs);
    if (before === timestampMs && (!isFirst || series.scrape === this.#lastGoodScrape)) {
      // The series twice in one body, or a timestamp that has not moved: the first value stands.
      series.scrape = this.#scrape;
      return;
    }
    this.added += isFirst && series.scrape !== this.#lastGoodScrape ? 1 : 0;
    series.scrape = this.#scrape;
    series.ownMs = timestampMs;
    if (series.labels !== null) {
      this.columns.add(series.labels, timestampMs, storable(value));
    }
  }
}

/** The number that stands for "ended" in memory can only be an accident in an exporter. */
function storable(value: number): number {
  return value === STALE_MARKER ? 0 : value;
}
