import { Slab } from '../../model/values-view.ts';
import { EXPONENT_MASK, HAS_FACTOR, IS_SECOND_ORDER, MODE, POWERS } from './number-column.ts';
import { addSteps, type StepPlanes } from './step-planes.ts';

/** Which numbers to decode: those from `from` up to but without `to`, of the `count` that the column has. */
export interface DecodedRows {
  readonly offset: number;
  readonly count: number;
  readonly from: number;
  readonly to: number;
}

/** Bytes before the planes: mode, flags, width and the first number. */
const STEPPED_HEADER = 11;
/** The same of format 1: mode, exponent, the first number and width. */
const DECIMAL_HEADER = 11;

/**
 * Reads what `writeNumbers` wrote to `bytes`, straight to where the numbers are wanted. Each kind of column has loops of its own
 * that touch nothing but arrays. A column that would end behind the bytes is a RangeError: a damaged blob never yields made-up rows.
 */
export class NumberDecoder {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  /** The same object for every column, so that none is made for each of very many short ones. */
  readonly #planes: StepPlanes;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const none = {
      offset: 0,
      width: 0,
      stride: 0,
      firstStep: 0,
      isSecondOrder: false,
      first: 0,
      factor: 1,
      power: 1,
      from: 0,
      to: 0,
    };
    this.#planes = { bytes, ...none };
  }

  /** A whole column as an array of its own. */
  column(offset: number, count: number): Float64Array {
    const slab = new Slab(count);
    this.decode({ offset, count, from: 0, to: count }, slab, 0);
    return slab.values;
  }

  /** @throws RangeError for a column that `decode` would not read to its end */
  check(offset: number, count: number): void {
    const mode = this.#view.getUint8(offset);
    switch (mode) {
      case MODE.constant:
        this.#checkEnd(offset + 1, 8);
        return;
      case MODE.decimal:
        this.#readDecimal(offset, count);
        return;
      case MODE.stepped:
        this.#readStepped(offset, count);
        return;
      case MODE.floating:
        this.#checkEnd(offset + 1, count * 8);
        return;
      default:
        throw new RangeError(`unknown column mode ${mode}`);
    }
  }

  /** Writes the numbers to `slab.values[at]` and on. */
  decode({ offset, count, from, to }: DecodedRows, slab: Slab, at: number): void {
    if (from >= to) {
      return;
    }
    const mode = this.#view.getUint8(offset);
    switch (mode) {
      case MODE.constant:
        fill(slab.values, this.#view.getFloat64(offset + 1, true), { from: at, to: at + to - from });
        return;
      case MODE.decimal:
        this.#readDecimal(offset, count);
        this.#decodeSteps(from, to, { values: slab.values, at });
        return;
      case MODE.stepped:
        this.#readStepped(offset, count);
        this.#decodeSteps(from, to, { values: slab.values, at });
        return;
      case MODE.floating:
        this.#decodeFloating({ offset, count, from, to }, slab.words, at);
        return;
      default:
        throw new RangeError(`unknown column mode ${mode}`);
    }
  }

  #readDecimal(offset: number, count: number): void {
    const planes = this.#planes;
    planes.power = POWERS[this.#view.getUint8(offset + 1)] ?? 1;
    planes.first = this.#view.getFloat64(offset + 2, true);
    planes.width = this.#view.getUint8(offset + 10);
    planes.offset = offset + DECIMAL_HEADER;
    planes.stride = count - 1;
    planes.factor = 1;
    planes.isSecondOrder = false;
    this.#checkEnd(planes.offset, planes.width * planes.stride);
  }

  #readStepped(offset: number, count: number): void {
    const planes = this.#planes;
    const bytes = this.#bytes;
    const flags = bytes[offset + 1] ?? 0;
    planes.width = bytes[offset + 2] ?? 0;
    planes.power = POWERS[flags & EXPONENT_MASK] ?? 1;
    planes.first = this.#view.getFloat64(offset + 3, true);
    let at = offset + STEPPED_HEADER;
    planes.factor = 1;
    if ((flags & HAS_FACTOR) !== 0) {
      planes.factor = this.#view.getFloat64(at, true);
      at += 8;
    }
    planes.isSecondOrder = (flags & IS_SECOND_ORDER) !== 0;
    if (planes.isSecondOrder) {
      planes.firstStep = this.#view.getFloat64(at, true);
      at += 8;
    }
    planes.stride = count - (planes.isSecondOrder ? 2 : 1);
    planes.offset = at;
    this.#checkEnd(at, planes.width * planes.stride);
  }

  #decodeSteps(from: number, to: number, { values, at }: { readonly values: Float64Array; readonly at: number }): void {
    this.#planes.from = from;
    this.#planes.to = to;
    addSteps(this.#planes, values, at);
  }

  #decodeFloating(rows: DecodedRows, words: Uint32Array, at: number): void {
    const { offset, count, from, to } = rows;
    this.#checkEnd(offset + 1, count * 8);
    const planes = this.#bytes;
    const a = offset + 1;
    const [b, c, d, e] = [a + count, a + 2 * count, a + 3 * count, a + 4 * count];
    const [f, g, h] = [a + 5 * count, a + 6 * count, a + 7 * count];
    const shift = 2 * (at - from);
    let low = 0;
    let high = 0;
    for (let i = 0; i < to; i += 1) {
      low ^= (planes[a + i] ?? 0) | ((planes[b + i] ?? 0) << 8) | ((planes[c + i] ?? 0) << 16) | ((planes[d + i] ?? 0) << 24);
      high ^= (planes[e + i] ?? 0) | ((planes[f + i] ?? 0) << 8) | ((planes[g + i] ?? 0) << 16) | ((planes[h + i] ?? 0) << 24);
      if (i >= from) {
        words[2 * i + shift] = low;
        words[2 * i + shift + 1] = high;
      }
    }
  }

  #checkEnd(offset: number, length: number): void {
    if (!(offset + length <= this.#bytes.length)) {
      throw new RangeError(`blob ends at byte ${this.#bytes.length}, ${length} more wanted at ${offset}`);
    }
  }
}

/** Faster than the method for the short stretches that blocks have. */
function fill(values: Float64Array, value: number, { from, to }: { readonly from: number; readonly to: number }): void {
  for (let i = from; i < to; i += 1) {
    values[i] = value;
  }
}
