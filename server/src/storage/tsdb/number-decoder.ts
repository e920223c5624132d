import { EXPONENT_MASK, HAS_FACTOR, IS_SECOND_ORDER, MODE, POWERS } from './number-column.ts';
import { Slab } from './slab.ts';

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

  /** The first `wanted` of `stride` whole numbers, signs taken back from zigzag. The array is used again. */
  #unpack(shape: Planes): Float64Array {
    const { offset, width, stride, wanted } = shape;
    if (this.#steps.length < wanted) {
      this.#steps = new Float64Array(2 * wanted);
    }
    const steps = this.#steps;
    const bytes = this.#bytes;
    this.#checkEnd(offset, width * stride);
    switch (width) {
      case 0:
        steps.fill(0, 0, Math.max(wanted, 0));
        break;
      case 1:
        unpack1(bytes, steps, shape);
        break;
      case 2:
        unpack2(bytes, steps, shape);
        break;
      case 3:
      case 4:
        unpack4(bytes, steps, shape);
        break;
      default:
        unpackWide(bytes, steps, shape);
    }
    return steps;
  }

  #checkEnd(offset: number, length: number): void {
    if (!(offset + length <= this.#bytes.length)) {
      throw new RangeError(`blob ends at byte ${this.#bytes.length}, ${length} more wanted at ${offset}`);
    }
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

function unpack1(bytes: Uint8Array, steps: Float64Array, { offset, wanted }: Planes): void {
  for (let i = 0; i < wanted; i += 1) {
    const number = bytes[offset + i] ?? 0;
    steps[i] = (number >>> 1) ^ -(number & 1);
  }
}

function unpack2(bytes: Uint8Array, steps: Float64Array, { offset, stride, wanted }: Planes): void {
  const second = offset + stride;
  for (let i = 0; i < wanted; i += 1) {
    const number = (bytes[offset + i] ?? 0) | ((bytes[second + i] ?? 0) << 8);
    steps[i] = (number >>> 1) ^ -(number & 1);
  }
}

/** Of three or four bytes. */
function unpack4(bytes: Uint8Array, steps: Float64Array, { offset, stride, wanted, width }: Planes): void {
  const second = offset + stride;
  const third = second + stride;
  const fourth = width === 4 ? third + stride : undefined;
  for (let i = 0; i < wanted; i += 1) {
    let number = (bytes[offset + i] ?? 0) | ((bytes[second + i] ?? 0) << 8) | ((bytes[third + i] ?? 0) << 16);
    if (fourth !== undefined) {
      number |= (bytes[fourth + i] ?? 0) << 24;
    }
    steps[i] = (number >>> 1) ^ -(number & 1);
  }
}

/** Of more bytes than whole-number operations take. */
function unpackWide(bytes: Uint8Array, steps: Float64Array, { offset, stride, wanted, width }: Planes): void {
  for (let i = 0; i < wanted; i += 1) {
    let number = 0;
    let weight = 1;
    for (let plane = 0, at = offset + i; plane < width; plane += 1, at += stride) {
      number += (bytes[at] ?? 0) * weight;
      weight *= 256;
    }
    steps[i] = number % 2 === 0 ? number / 2 : -(number + 1) / 2;
  }
}
