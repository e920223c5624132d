import { type ByteRange, ByteTable } from './byte-table.ts';
import { type LabelPair, type SeriesLabels, seriesLabels, type WireLabels } from './decoded-write.ts';

/** What becomes of the labels of a series that was not seen before; `null` when the series is not wanted. */
export type MapLabels = (labels: WireLabels) => WireLabels | null;

/** Several times the series one Tila is made for. */
const LIMITS = { maxEntries: 500_000, maxBytes: 256 << 20 };

/** Series by the bytes that stand for their labels: each is decoded, checked and mapped once. */
export class SeriesMemory {
  readonly #table = new ByteTable<SeriesLabels>(LIMITS);
  readonly #map: MapLabels;

  constructor(map: MapLabels = (labels) => labels) {
    this.#map = map;
  }

  resolve(key: ByteRange, decode: () => readonly LabelPair[]): SeriesLabels {
    return this.#table.resolve(key, () => this.#mapped(seriesLabels(decode())));
  }

  #mapped(series: SeriesLabels): SeriesLabels {
    if (!('labels' in series)) {
      return series;
    }
    const labels = this.#map(series.labels);
    return labels === null ? { isUnwanted: true } : { labels };
  }
}
