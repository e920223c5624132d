import { Labels } from '../../model/labels.ts';
import type { SeriesSamples } from '../../model/series-store.ts';
import { Slab, type ValuesView } from '../../model/values-view.ts';
import type { Clip } from './answer-times.ts';
import type { Block } from './block-codec.ts';
import type { Column } from './column.ts';

/** A block with what a reader wants of it. */
export interface OpenedBlock {
  readonly id: number;
  readonly block: Block;
  /** By time column. */
  readonly clips: readonly (Clip | undefined)[];
}

/** Behind the last entry of a series. */
export const NO_ENTRY = -1;

/** Where the rows of many series are in the blocks of a band: entries, each of which names a place in a block and the series' next entry. */
export class BandRows {
  readonly #opened: OpenedBlock[] = [];
  /** By entry, in turn: the block's number, the position in it, the next entry. */
  #entries = new Int32Array(3 * 1024);
  #end = 0;
  readonly #target = { slab: new Slab(0), at: 0 };

  /** Takes in a block. What is added from now on is in it. */
  open(opened: OpenedBlock): void {
    this.#opened.push(opened);
  }

  /** Adds an entry behind the one given. Returns it. */
  add(position: number, before: number): number {
    const entry = this.#end;
    if (entry === this.#entries.length) {
      const larger = new Int32Array(2 * entry);
      larger.set(this.#entries);
      this.#entries = larger;
    }
    this.#entries[entry] = this.#opened.length - 1;
    this.#entries[entry + 1] = position;
    this.#entries[entry + 2] = NO_ENTRY;
    this.#end += 3;
    if (before !== NO_ENTRY) {
      this.#entries[before + 2] = entry;
    }
    return entry;
  }

  /** The block of an entry, and the position in it. */
  placeOf(entry: number): { readonly opened: OpenedBlock | undefined; readonly position: number } {
    return { opened: this.#opened[this.#entries[entry] ?? NO_ENTRY], position: this.#entries[entry + 1] ?? 0 };
  }

  next(entry: number): number {
    return this.#entries[entry + 2] ?? NO_ENTRY;
  }

  /** Decodes the rows from an entry on, one entry after the other. Returns their number. */
  decode(first: number, slab: Slab): number {
    const target = this.#target;
    target.slab = slab;
    target.at = 0;
    for (let entry = first; entry !== NO_ENTRY; entry = this.#entries[entry + 2] ?? NO_ENTRY) {
      const opened = this.#opened[this.#entries[entry] ?? NO_ENTRY];
      const position = this.#entries[entry + 1] ?? 0;
      const clip = opened?.clips[opened.block.timesIndex(position)];
      if (opened !== undefined && clip !== undefined) {
        opened.block.decode(position, clip, target);
        target.at += clip.to - clip.from;
      }
    }
    return target.at;
  }
}

/** Samples in blocks and behind them in memory, decoded when they are looked at. They stay readable when the blocks are removed. */
export class BandSamples implements SeriesSamples {
  /** To be set by who knows them. */
  labels = Labels.EMPTY;
  readonly timestamps: Float64Array;
  readonly #rows: BandRows;
  readonly #first: number;
  readonly #hot: readonly Column[];

  constructor(
    timestamps: Float64Array,
    place: { readonly rows: BandRows; readonly first: number; readonly hot: readonly Column[] },
  ) {
    this.timestamps = timestamps;
    this.#rows = place.rows;
    this.#first = place.first;
    this.#hot = place.hot;
  }

  get values(): Float64Array {
    const slab = new Slab(this.timestamps.length);
    this.#write(slab);
    return slab.values;
  }

  locate(view: ValuesView): void {
    const slab = view.reserve(this.timestamps.length);
    this.#write(slab);
    view.values = slab.values;
    view.at = 0;
  }

  #write(slab: Slab): void {
    let end = this.#rows.decode(this.#first, slab);
    for (const column of this.#hot) {
      if (column instanceof MatrixSamples) {
        column.copyTo(slab.values, end);
      } else {
        slab.values.set(column.values, end);
      }
      end += column.timestamps.length;
    }
  }
}

/** Samples that lie one after the other in a larger array. */
export class MatrixSamples implements SeriesSamples {
  /** To be set by who knows them. */
  labels = Labels.EMPTY;
  readonly timestamps: Float64Array;
  readonly #source: Float64Array;
  readonly #at: number;

  /** The first value is `source[at]`. */
  constructor(timestamps: Float64Array, source: Float64Array, at: number) {
    this.timestamps = timestamps;
    this.#source = source;
    this.#at = at;
  }

  get values(): Float64Array {
    return this.#source.subarray(this.#at, this.#at + this.timestamps.length);
  }

  locate(view: ValuesView): void {
    view.values = this.#source;
    view.at = this.#at;
  }

  copyTo(target: Float64Array, at: number): void {
    const source = this.#source;
    const shift = this.#at;
    const { length } = this.timestamps;
    for (let i = 0; i < length; i += 1) {
      target[at + i] = source[shift + i] ?? 0;
    }
  }
}
