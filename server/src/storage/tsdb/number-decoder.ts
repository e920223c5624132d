import { EXPONENT_MASK, HAS_FACTOR, IS_SECOND_ORDER, MODE, POWERS } from './number-column.ts';

/** One array for the rows of many columns, and the same memory as words. */
export class Slab {
  readonly values: Float64Array<ArrayBuffer>;
  readonly words: Uint32Array<ArrayBuffer>;

  constructor(length: number) {
    this.values = new Float64Array(length);
    this.words = new Uint32Array(this.values.buffer);
  }
}

/** Which numbers to decode: those from `from` up to but without `to`, of the `count` that the column has. */
export interface DecodedRows {
  readonly offset: number;
  readonly count: number;
  readonly from: number;
  readonly to: number;
}

/**
 * Reads what `writeNumbers` wrote to `bytes`, straight to where the numbers are wanted. Each kind of column has loops of its own
 * that touch nothing but arrays. A column that would end behind the bytes is a RangeError: a damaged blob never yields made-up rows.
 */
export class NumberDecoder {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  /** Differences on their way. */
  #steps = new Float64Array(256);

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** A whole column as an array of its own. */
  column(offset: number, count: number): Float64Array {
    const slab = new Slab(count);
    this.decode({ offset, count, from: 0, to: count }, slab, 0);
    return slab.values;
  }

  /** Writes the numbers to `slab.values[at]` and on. */
  decode(rows: DecodedRows, slab: Slab, at: number): void {
    if (rows.from >= rows.to) {
      return;
    }
    const mode = this.#view.getUint8(rows.offset);
    switch (mode) {
      case MODE.constant:
        slab.values.fill(this.#view.getFloat64(rows.offset + 1, true), at, at + rows.to - rows.from);
        return;
      case MODE.decimal:
        this.#decodeDecimal(rows, slab.values, at);
        return;
      case MODE.stepped:
        this.#decodeStepped(rows, slab.values, at);
        return;
      case MODE.floating:
        this.#decodeFloating(rows, slab.words, at);
        return;
      default:
        throw new RangeError(`unknown column mode ${mode}`);
    }
  }

  #decodeDecimal(rows: DecodedRows, values: Float64Array, at: number): void {
    const power = POWERS[this.#view.getUint8(rows.offset + 1)] ?? 1;
    const first = this.#view.getFloat64(rows.offset + 2, true);
    const width = this.#view.getUint8(rows.offset + 10);
    const stride = rows.count - 1;
    const steps = this.#unpack({ offset: rows.offset + 11, width, stride, wanted: rows.to - 1 });
    addSteps({ steps, first, factor: 1, power, from: rows.from, to: rows.to }, values, at);
  }

  #decodeStepped(rows: DecodedRows, values: Float64Array, at: number): void {
    const view = this.#view;
    const { from, to } = rows;
    const flags = view.getUint8(rows.offset + 1);
    const width = view.getUint8(rows.offset + 2);
    const power = POWERS[flags & EXPONENT_MASK] ?? 1;
    const first = view.getFloat64(rows.offset + 3, true);
    let offset = rows.offset + 11;
    let factor = 1;
    if ((flags & HAS_FACTOR) !== 0) {
      factor = view.getFloat64(offset, true);
      offset += 8;
    }
    if ((flags & IS_SECOND_ORDER) === 0) {
      const steps = this.#unpack({ offset, width, stride: rows.count - 1, wanted: to - 1 });
      addSteps({ steps, first, factor, power, from, to }, values, at);
    } else {
      const firstStep = view.getFloat64(offset, true);
      const steps = this.#unpack({ offset: offset + 8, width, stride: rows.count - 2, wanted: to - 2 });
      addSecondSteps({ steps, first, firstStep, factor, power, from, to }, values, at);
    }
  }

  #decodeFloating(rows: DecodedRows, words: Uint32Array, at: number): void {
    const { offset, count, from, to } = rows;
    const planes = this.#planes(offset + 1, count * 8);
    const [b, c, d, e] = [count, 2 * count, 3 * count, 4 * count];
    const [f, g, h] = [5 * count, 6 * count, 7 * count];
    const shift = 2 * (at - from);
    let low = 0;
    let high = 0;
    for (let i = 0; i < to; i += 1) {
      low ^= (planes[i] ?? 0) | ((planes[b + i] ?? 0) << 8) | ((planes[c + i] ?? 0) << 16) | ((planes[d + i] ?? 0) << 24);
      high ^= (planes[e + i] ?? 0) | ((planes[f + i] ?? 0) << 8) | ((planes[g + i] ?? 0) << 16) | ((planes[h + i] ?? 0) << 24);
      if (i >= from) {
        words[2 * i + shift] = low;
        words[2 * i + shift + 1] = high;
      }
    }
  }

  /** The first `wanted` of `stride` whole numbers, signs taken back from zigzag. The array is used again. */
  #unpack({ offset, width, stride, wanted }: Planes): Float64Array {
    if (this.#steps.length < wanted) {
      this.#steps = new Float64Array(2 * wanted);
    }
    const steps = this.#steps;
    const planes = this.#planes(offset, width * stride);
    switch (width) {
      case 0:
        steps.fill(0, 0, Math.max(wanted, 0));
        break;
      case 1:
        unpack1(planes, steps, wanted);
        break;
      case 2:
        unpack2(planes, steps, { stride, wanted });
        break;
      case 3:
      case 4:
        unpack4(planes, steps, { stride, wanted, width });
        break;
      default:
        unpackWide(planes, steps, { stride, wanted, width });
    }
    return steps;
  }

  #planes(offset: number, length: number): Uint8Array {
    if (!(offset + length <= this.#bytes.length)) {
      throw new RangeError(`blob ends at byte ${this.#bytes.length}, ${length} more wanted at ${offset}`);
    }
    return this.#bytes.subarray(offset, offset + length);
  }
}

interface Planes {
  readonly offset: number;
  readonly width: number;
  readonly stride: number;
  readonly wanted: number;
}

interface Steps {
  readonly steps: Float64Array;
  readonly first: number;
  readonly factor: number;
  readonly power: number;
  readonly from: number;
  readonly to: number;
}

// All sums below are of whole numbers that a double holds exactly; see MAX_SCALED.

function addSteps({ steps, first, factor, power, from, to }: Steps, values: Float64Array, at: number): void {
  let scaled = first;
  for (let i = 0; i < from; i += 1) {
    scaled += (steps[i] ?? 0) * factor;
  }
  values[at] = scaled / power;
  const shift = at - from;
  for (let i = from + 1; i < to; i += 1) {
    scaled += (steps[i - 1] ?? 0) * factor;
    values[i + shift] = scaled / power;
  }
}

function addSecondSteps(
  { steps, first, firstStep, factor, power, from, to }: Steps & { readonly firstStep: number },
  values: Float64Array,
  at: number,
): void {
  let scaled = first;
  let step = firstStep;
  const shift = at - from;
  if (from === 0) {
    values[at] = scaled / power;
  }
  for (let i = 1; i < to; i += 1) {
    step += i > 1 ? (steps[i - 2] ?? 0) : 0;
    scaled += step * factor;
    if (i >= from) {
      values[i + shift] = scaled / power;
    }
  }
}

function unpack1(planes: Uint8Array, steps: Float64Array, wanted: number): void {
  for (let i = 0; i < wanted; i += 1) {
    const number = planes[i] ?? 0;
    steps[i] = (number >>> 1) ^ -(number & 1);
  }
}

interface Shape {
  readonly stride: number;
  readonly wanted: number;
  readonly width?: number;
}

function unpack2(planes: Uint8Array, steps: Float64Array, { stride, wanted }: Shape): void {
  for (let i = 0; i < wanted; i += 1) {
    const number = (planes[i] ?? 0) | ((planes[stride + i] ?? 0) << 8);
    steps[i] = (number >>> 1) ^ -(number & 1);
  }
}

/** Of three or four bytes. */
function unpack4(planes: Uint8Array, steps: Float64Array, { stride, wanted, width }: Shape): void {
  const third = 2 * stride;
  for (let i = 0; i < wanted; i += 1) {
    let number = (planes[i] ?? 0) | ((planes[stride + i] ?? 0) << 8) | ((planes[third + i] ?? 0) << 16);
    if (width === 4) {
      number |= (planes[third + stride + i] ?? 0) << 24;
    }
    steps[i] = (number >>> 1) ^ -(number & 1);
  }
}

/** Of more bytes than whole-number operations take. */
function unpackWide(planes: Uint8Array, steps: Float64Array, { stride, wanted, width = 8 }: Shape): void {
  for (let i = 0; i < wanted; i += 1) {
    let number = 0;
    let weight = 1;
    for (let plane = 0, at = i; plane < width; plane += 1, at += stride) {
      number += (planes[at] ?? 0) * weight;
      weight *= 256;
    }
    steps[i] = number % 2 === 0 ? number / 2 : -(number + 1) / 2;
  }
}
