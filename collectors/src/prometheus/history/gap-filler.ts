import { type Clock, pause } from '../../clock.ts';
import type { CollectorMetrics } from '../../collector.ts';
import { SampleColumns } from '../sample-columns.ts';
import type { HistoryReader, Window } from './history-reader.ts';
import { advance, type SeriesBook } from './series-book.ts';

export interface GapFillerDeps {
  readonly source: string;
  readonly reader: Pick<HistoryReader, 'read'>;
  readonly book: SeriesBook;
  readonly clock: Clock;
  readonly metrics: CollectorMetrics;
  readonly selectors: readonly string[];
  /** Resolves once the rows are stored. The watermark comes with the last rows of a window only. */
  readonly store: (columns: SampleColumns, watermarkMs: number | undefined) => Promise<void>;
  readonly onProgress: (progress: { readonly fromAt: number; readonly toAt: number; readonly doneToAt: number } | null) => void;
}

const WINDOW_MS = 30 * 60_000;
const PAUSE_MS = 100;
const ROWS_PER_BATCH = 20_000;

/**
 * Copies past samples window by window, oldest first, so that the order within each series stays rising and the watermark can
 * follow: after each window everything up to its end is stored. One request is under way at a time, with a pause between.
 */
export class GapFiller {
  readonly #deps: GapFillerDeps;

  constructor(deps: GapFillerDeps) {
    this.#deps = deps;
  }

  /**
   * Fills from `afterMs` until less than `closeMs` is missing (time passes while it works) and returns up to when it has come.
   * Rejects with what the reader throws; the windows done until then are stored.
   */
  async fill(afterMs: number, closeMs: number, signal: AbortSignal): Promise<number> {
    let doneToMs = afterMs;
    try {
      for (let nowMs = this.#deps.clock.now(); nowMs - doneToMs > closeMs; nowMs = this.#deps.clock.now()) {
        this.#deps.onProgress({ fromAt: afterMs, toAt: nowMs, doneToAt: doneToMs });
        const window = { afterMs: doneToMs, toMs: Math.min(doneToMs + WINDOW_MS, nowMs) };
        await this.fillWindow(window, signal);
        doneToMs = window.toMs;
        await pause(this.#deps.clock, PAUSE_MS, signal);
      }
    } finally {
      this.#deps.onProgress(null);
    }
    return doneToMs;
  }

  /** Fills one window; its end becomes the watermark. When a selector cannot be read, what those before it brought is stored still. */
  async fillWindow(window: Window, signal: AbortSignal): Promise<void> {
    let columns = new SampleColumns();
    for (const selector of this.#deps.selectors) {
      const read = this.#deps.reader.read(selector, window, signal);
      for (const { labels, samples } of await this.#orStore(columns, read)) {
        const series = this.#deps.book.of(labels);
        for (const [timestampMs, value] of samples) {
          if (advance(series, timestampMs) && series.labels !== null) {
            columns.add(series.labels, timestampMs, value);
          }
        }
        if (columns.size >= ROWS_PER_BATCH) {
          await this.#store(columns, undefined);
          columns = new SampleColumns();
        }
      }
    }
    await this.#store(columns, window.toMs);
  }

  /** Their series have been advanced already, so nothing else would bring these rows again. */
  async #orStore<Result>(columns: SampleColumns, read: Promise<Result>): Promise<Result> {
    try {
      return await read;
    } catch (error) {
      await this.#store(columns, undefined);
      throw error;
    }
  }

  async #store(columns: SampleColumns, watermarkMs: number | undefined): Promise<void> {
    await this.#deps.store(columns, watermarkMs);
    this.#deps.metrics.backfilled(this.#deps.source, columns.size);
  }
}
