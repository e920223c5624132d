import { Labels } from '../labels.ts';
import { TextPool } from '../text-pool.ts';
import { type ByteRange, ByteTable } from './byte-table.ts';
import { type LabelPair, type SeriesLabels, type WireLabels, wireLabels } from './decoded-write.ts';

/** What a series that was not seen lately is stored under: a text says why it can never be, `null` that it is not wanted. */
export type NameSeries = (labels: WireLabels) => SeriesLabels;

/** Several times the series one Tila is made for. */
const LIMITS = { maxEntries: 1_000_000, maxBytes: 256 << 20 };

/** Label texts of which one copy is kept. When there are more, all are let go: what keeps coming is soon there again. */
const MAX_TEXTS = 20_000;

/** Series by the bytes that stand for their labels: each is decoded, checked and named once. */
export class SeriesMemory {
  readonly #table = new ByteTable<SeriesLabels>(LIMITS);
  readonly #name: NameSeries;
  /** Label names and values of all series: most are those of many, and each message brings copies of its own. */
  readonly #texts = new TextPool(MAX_TEXTS);

  constructor(name: NameSeries = Labels.from) {
    this.#name = name;
  }

  resolve(key: ByteRange, decode: () => readonly LabelPair[]): SeriesLabels {
    return this.#table.resolve(key, () => this.#named(wireLabels(this.#shared(decode()))));
  }

  #named(labels: WireLabels | string): SeriesLabels {
    return typeof labels === 'string' ? labels : this.#name(labels);
  }

  #shared(pairs: readonly LabelPair[]): readonly LabelPair[] {
    return pairs.map(([name, value]) => [this.#texts.one(name), this.#texts.one(value)]);
  }
}
