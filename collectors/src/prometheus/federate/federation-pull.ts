import { STALE_MARKER } from '@tila/contract/samples.ts';
import type { HttpClient } from '../../http/http-client.ts';
import { ExpositionParser } from '../exposition/exposition-parser.ts';
import { formatOf, TEXT_ACCEPT } from '../exposition/format.ts';
import { apiUrl } from '../history/history-reader.ts';
import { advance, type CopiedSeries, type SeriesBook } from '../history/series-book.ts';
import { SampleColumns } from '../sample-columns.ts';

interface PulledSample {
  readonly series: CopiedSeries;
  readonly timestampMs: number;
  readonly value: number;
}

export interface PullDeps {
  readonly http: HttpClient;
  readonly book: SeriesBook;
  readonly url: string;
  readonly match: readonly string[];
  readonly timeoutMs: number;
}

const MAX_BYTES = 1024 * 1024 * 1024;
/** A step this much longer than the series' shortest means that a sample lies between which no pull has brought. */
const HOLE_FACTOR = 1.5;

/** Answers of `/federate`, turned into what is new in them. */
export class FederationPull {
  readonly #deps: PullDeps;
  readonly #parser = new ExpositionParser<CopiedSeries>();
  #living = new Set<CopiedSeries>();

  constructor(deps: PullDeps) {
    this.#deps = deps;
  }

  /** Series that a filled gap ended with: those absent from the next answer have ended meanwhile. */
  expect(series: Iterable<CopiedSeries>): void {
    this.#living = new Set(series);
  }

  /** The newest sample of each series over there; nothing is noted yet. @throws HttpError, ExpositionError. */
  async fetch(atMs: number, signal: AbortSignal): Promise<readonly PulledSample[]> {
    const { http, url, match, timeoutMs, book } = this.#deps;
    const address = apiUrl(
      url,
      'federate',
      match.map((selector) => ['match[]', selector]),
    );
    const answer = await http.send({ url: address, headers: { accept: TEXT_ACCEPT }, timeoutMs, maxBytes: MAX_BYTES, signal });
    const samples: PulledSample[] = [];
    this.#parser.parse(answer.body.toString('utf8'), formatOf(answer.contentType), {
      resolve: (labels) => book.of(labels),
      // Federation calls every metric untyped, which says nothing.
      metadata: () => undefined,
      sample: (series, value, timestampMs) => {
        samples.push({ series, value, timestampMs: Number.isNaN(timestampMs) ? atMs : timestampMs });
      },
    });
    return samples;
  }

  /** The oldest moment after which a sample may be missing that lies before those pulled; null when none is missing. */
  holeAfter(samples: readonly PulledSample[]): number | null {
    let oldest = Number.POSITIVE_INFINITY;
    for (const { series, timestampMs } of samples) {
      if (this.#living.has(series) && timestampMs - series.lastAtMs > HOLE_FACTOR * series.spacingMs) {
        oldest = Math.min(oldest, series.lastAtMs);
      }
    }
    return Number.isFinite(oldest) ? oldest : null;
  }

  /** Rows for what is new, and markers at `atMs` for series that are no longer there. */
  take(samples: readonly PulledSample[], atMs: number): SampleColumns {
    const columns = new SampleColumns();
    const living = new Set<CopiedSeries>();
    for (const { series, timestampMs, value } of samples) {
      living.add(series);
      if (advance(series, timestampMs) && series.labels !== null) {
        columns.add(series.labels, timestampMs, value === STALE_MARKER ? 0 : value);
      }
    }
    for (const series of this.#living) {
      if (!living.has(series)) {
        this.#end(series, columns, atMs);
      }
    }
    this.#living = living;
    return columns;
  }

  #end(series: CopiedSeries, columns: SampleColumns, atMs: number): void {
    if (series.labels !== null && atMs > series.lastAtMs) {
      columns.add(series.labels, atMs, STALE_MARKER);
    }
    series.lastAtMs = Math.max(series.lastAtMs, atMs);
    series.spacingMs = Number.POSITIVE_INFINITY;
  }
}
