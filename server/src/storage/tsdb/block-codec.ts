import { Slab } from '../../model/values-view.ts';
import { ByteWriter } from './bytes.ts';
import { compress, decompress } from './compression.ts';
import type { Column } from './memory-series.ts';
import { writeNumbers } from './number-column.ts';
import { NumberDecoder } from './number-decoder.ts';

/** One series' rows in a block. */
export interface BlockSeries {
  readonly ref: number;
  readonly column: Column;
}

const VERSION = 1;
/** uint32 fields per series in the directory: ref, time column, row count, offset of the values. */
const DIRECTORY_FIELDS = 4;
const ENTRY_BYTES = 4 * DIRECTORY_FIELDS;
const HEADER_BYTES = 9;
/** Room is made for so many time columns of a block at once at most. */
const MOST_TIMES_AHEAD = 64;
/** Of a typed array that lies in another's memory, about. */
const VIEW_BYTES = 100;

/**
 * A block: rows of several series of one metric, compressed. Equal time columns are stored once.
 * Layout before compression: version, series count, time column count, directory, time column offsets, columns.
 */
export function encodeBlock(series: readonly BlockSeries[]): Uint8Array {
  const times = shareTimes(series);
  const writer = new ByteWriter();
  writer.uint8(VERSION);
  writer.uint32(series.length);
  writer.uint32(times.columns.length);
  const directoryAt = writer.length;
  writer.claim(4 * (DIRECTORY_FIELDS * series.length + times.columns.length));
  const offsetsAt = directoryAt + 4 * DIRECTORY_FIELDS * series.length;
  for (const [i, column] of times.columns.entries()) {
    writer.patchUint32(offsetsAt + 4 * i, writer.length);
    writeNumbers(writer, column);
  }
  for (const [i, { ref, column }] of series.entries()) {
    const entry = [ref, times.indexes[i] ?? 0, column.values.length, writer.length];
    for (const [field, value] of entry.entries()) {
      writer.patchUint32(directoryAt + 4 * (DIRECTORY_FIELDS * i + field), value);
    }
    writeNumbers(writer, column.values);
  }
  return compress(writer.written(), 3);
}

/** A block being read: decompressed at once, columns decoded when asked for. */
export class Block {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #decoder: NumberDecoder;
  readonly #seriesCount: number;
  readonly #times: (Float64Array | undefined)[] = [];
  /** Time columns lie in one array: they are many, and short. */
  #timesRoom = new Slab(0);
  #timesEnd = 0;
  readonly #rows = { offset: 0, count: 0, from: 0, to: 0 };
  #isWhole = false;

  /** @throws when the blob is damaged. */
  constructor(blob: Uint8Array) {
    this.#bytes = decompress(blob);
    this.#view = new DataView(this.#bytes.buffer);
    this.#decoder = new NumberDecoder(this.#bytes);
    const version = this.#view.getUint8(0);
    if (version !== VERSION) {
      throw new RangeError(`block version ${version}, expected ${VERSION}`);
    }
    this.#seriesCount = this.#view.getUint32(1, true);
    if (HEADER_BYTES + 4 * DIRECTORY_FIELDS * this.#seriesCount > this.#bytes.length) {
      throw new RangeError(`block of ${this.#bytes.length} bytes says it has ${this.#seriesCount} series`);
    }
  }

  /** What it takes in memory, about, once all times are decoded. */
  get byteLength(): number {
    const timeColumns = this.#view.getUint32(5, true);
    return this.#bytes.length + timeColumns * (this.#countAt(0) * Float64Array.BYTES_PER_ELEMENT + VIEW_BYTES);
  }

  get refs(): Iterable<number> {
    return Array.from({ length: this.#seriesCount }, (_, position) => this.refAt(position));
  }

  get seriesCount(): number {
    return this.#seriesCount;
  }

  /** The series at a position; positions ascend by ref. */
  refAt(position: number): number {
    return this.#view.getUint32(HEADER_BYTES + ENTRY_BYTES * position, true);
  }

  /** The number of the time column of the series at a position, less than `seriesCount`. */
  timesIndex(position: number): number {
    return this.#view.getUint32(HEADER_BYTES + ENTRY_BYTES * position + 4, true);
  }

  /** The rows of a series, oldest first; undefined when it has none here. */
  column(ref: number): Column | undefined {
    let low = 0;
    let high = this.seriesCount;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.refAt(middle) < ref) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low < this.seriesCount && this.refAt(low) === ref ? this.columnAt(low) : undefined;
  }

  columnAt(position: number): Column {
    const values = this.#decoder.column(this.#offsetAt(position), this.#countAt(position));
    return { timestamps: this.times(position), values };
  }

  /** The times of the series at a position. Series that share their times get one object, every time. */
  times(position: number): Float64Array {
    const index = this.timesIndex(position);
    const known = this.#times[index];
    if (known !== undefined) {
      return known;
    }
    const column = this.#decodeTimes(index, this.#countAt(position));
    this.#times[index] = column;
    return column;
  }

  /** Looks once whether all values can be decoded. @throws RangeError when not: the blob is damaged */
  check(): void {
    if (this.#isWhole) {
      return;
    }
    for (let position = 0; position < this.seriesCount; position += 1) {
      this.#decoder.check(this.#offsetAt(position), this.#countAt(position));
    }
    this.#isWhole = true;
  }

  /** Decodes the values of the series at a position in rows [from, to) to `slab.values[at]` and on. */
  decode(position: number, { from, to }: { readonly from: number; readonly to: number }, { slab, at }: SlabPlace): void {
    const rows = this.#rows;
    rows.offset = this.#offsetAt(position);
    rows.count = this.#countAt(position);
    rows.from = from;
    rows.to = to;
    this.#decoder.decode(rows, slab, at);
  }

  #decodeTimes(index: number, count: number): Float64Array {
    const offset = this.#view.getUint32(HEADER_BYTES + ENTRY_BYTES * this.#seriesCount + 4 * index, true);
    this.#decoder.check(offset, count);
    if (this.#timesEnd + count > this.#timesRoom.values.length) {
      const left = this.#view.getUint32(5, true) - index;
      this.#timesRoom = new Slab(count * Math.max(Math.min(left, MOST_TIMES_AHEAD), 1));
      this.#timesEnd = 0;
    }
    const rows = { offset, count, from: 0, to: count };
    this.#decoder.decode(rows, this.#timesRoom, this.#timesEnd);
    this.#timesEnd += count;
    return this.#timesRoom.values.subarray(this.#timesEnd - count, this.#timesEnd);
  }

  #countAt(position: number): number {
    return this.#view.getUint32(HEADER_BYTES + ENTRY_BYTES * position + 8, true);
  }

  #offsetAt(position: number): number {
    return this.#view.getUint32(HEADER_BYTES + ENTRY_BYTES * position + 12, true);
  }
}

export interface SlabPlace {
  readonly slab: Slab;
  at: number;
}

interface SharedTimes {
  readonly columns: readonly Float64Array[];
  /** Which column each series uses. */
  readonly indexes: readonly number[];
}

function shareTimes(series: readonly BlockSeries[]): SharedTimes {
  const columns: Float64Array[] = [];
  const candidates = new Map<string, number[]>();
  const indexes = series.map(({ column: { timestamps } }) => {
    const shape = `${timestamps.length} ${timestamps[0]} ${timestamps[timestamps.length - 1]}`;
    const alike = candidates.get(shape) ?? [];
    const known = alike.find((index) => areEqual(columns[index], timestamps));
    if (known !== undefined) {
      return known;
    }
    candidates.set(shape, [...alike, columns.length]);
    return columns.push(timestamps) - 1;
  });
  return { columns, indexes };
}

function areEqual(a: Float64Array | undefined, b: Float64Array): boolean {
  return a !== undefined && a.length === b.length && a.every((value, i) => value === b[i]);
}
