import { type ByteRange, ByteTable } from './byte-table.ts';
import { type LabelPair, type SeriesLabels, seriesLabels, type WireLabels } from './decoded-write.ts';

/** What becomes of the labels of a series that was not seen before; `null` when the series is not wanted. */
export type MapLabels = (labels: WireLabels) => WireLabels | null;

/** Several times the series one Tila is made for. */
const LIMITS = { maxEntries: 500_000, maxBytes: 256 << 20 };

/** Label texts of which one copy is kept. When there are more, all are let go: what keeps coming is soon there again. */
const MAX_TEXTS = 200_000;

/** Series by the bytes that stand for their labels: each is decoded, checked and mapped once. */
export class SeriesMemory {
  readonly #table = new ByteTable<SeriesLabels>(LIMITS);
  readonly #map: MapLabels;
  /** Label names and values of all series: most are those of many, and each message brings copies of its own. */
  readonly #texts = new Map<string, string>();

  constructor(map: MapLabels = (labels) => labels) {
    this.#map = map;
  }

  resolve(key: ByteRange, decode: () => readonly LabelPair[]): SeriesLabels {
    return this.#table.resolve(key, () => this.#mapped(seriesLabels(this.#shared(decode()))));
  }

  #shared(pairs: readonly LabelPair[]): readonly LabelPair[] {
    return pairs.map(([name, value]) => [this.#text(name), this.#text(value)]);
  }

  #text(text: string): string {
    const known = this.#texts.get(text);
    if (known !== undefined) {
      return known;
    }
    if (this.#texts.size >= MAX_TEXTS) {
      this.#texts.clear();
    }
    this.#texts.set(text, text);
    return text;
  }

  #mapped(series: SeriesLabels): SeriesLabels {
    if (!('labels' in series)) {
      return series;
    }
    const labels = this.#map(series.labels);
    return labels === null ? { isUnwanted: true } : { labels };
  }
}
