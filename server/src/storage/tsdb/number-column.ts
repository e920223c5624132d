import type { ByteReader, ByteWriter } from './bytes.ts';

/**
 * How one column of doubles is written, always losslessly (one NaN stands for all NaNs):
 * `constant` one value; `decimal` whole numbers after multiplying by 10^e, as zigzag differences;
 * `floating` bits XORed with the previous value's. Differences are split into byte planes (all lowest bytes, then
 * all second bytes, …), so that the upper planes are nearly constant and vanish under zstd.
 */
const MODE = { constant: 0, decimal: 1, floating: 2 } as const;

const POWERS = [1, 10, 100, 1_000, 10_000, 100_000, 1_000_000];
/** Below this a difference of two scaled values, zigzagged, is still an exact integer in a double. */
const MAX_SCALED = 2 ** 51;
const TWO_32 = 2 ** 32;

export function writeNumbers(writer: ByteWriter, values: Float64Array): void {
  const first = values[0] ?? 0;
  if (values.every((value) => Object.is(value, first))) {
    writer.uint8(MODE.constant);
    writer.float64(first);
    return;
  }
  const exponent = decimalExponent(values);
  if (exponent === undefined) {
    writeFloating(writer, values);
  } else {
    writeDecimal(writer, values, exponent);
  }
}

/** Reads what `writeNumbers` wrote; the count is kept by the caller. */
export function readNumbers(reader: ByteReader, count: number): Float64Array {
  const mode = reader.uint8();
  switch (mode) {
    case MODE.constant:
      return new Float64Array(count).fill(reader.float64());
    case MODE.decimal:
      return readDecimal(reader, count);
    case MODE.floating:
      return readFloating(reader, count);
    default:
      throw new RangeError(`unknown column mode ${mode}`);
  }
}

/** The smallest power of ten that makes every value a whole number, or undefined when none up to 10^6 does. */
function decimalExponent(values: Float64Array): number | undefined {
  let exponent = 0;
  for (let i = 0; i < values.length; i += 1) {
    const value = values[i] ?? 0;
    while (!isWholeAt(value, POWERS[exponent] ?? 1)) {
      exponent += 1;
      if (exponent === POWERS.length) {
        return undefined;
      }
    }
  }
  const power = POWERS[exponent] ?? 1;
  return values.every((value) => isWholeAt(value, power)) ? exponent : undefined;
}

function isWholeAt(value: number, power: number): boolean {
  const scaled = Math.round(value * power);
  // -0 would come back as 0.
  return Math.abs(scaled) <= MAX_SCALED && scaled / power === value && !Object.is(value, -0);
}

function writeDecimal(writer: ByteWriter, values: Float64Array, exponent: number): void {
  const power = POWERS[exponent] ?? 1;
  const differences = new Float64Array(values.length - 1);
  const first = Math.round((values[0] ?? 0) * power);
  let previous = first;
  let largest = 0;
  for (let i = 1; i < values.length; i += 1) {
    const scaled = Math.round((values[i] ?? 0) * power);
    const difference = scaled - previous;
    const zigzag = difference >= 0 ? difference * 2 : -difference * 2 - 1;
    differences[i - 1] = zigzag;
    largest = Math.max(largest, zigzag);
    previous = scaled;
  }
  const width = bytesFor(largest);
  writer.uint8(MODE.decimal);
  writer.uint8(exponent);
  writer.float64(first);
  writer.uint8(width);
  writePlanes(writer.claim(width * differences.length), differences, width);
}

function writePlanes(target: Uint8Array, numbers: Float64Array, width: number): void {
  const count = numbers.length;
  for (let i = 0; i < count; i += 1) {
    const number = numbers[i] ?? 0;
    let low = (number % TWO_32) | 0;
    for (let plane = 0; plane < Math.min(width, 4); plane += 1) {
      target[plane * count + i] = low & 0xff;
      low >>>= 8;
    }
    if (width > 4) {
      let high = Math.floor(number / TWO_32);
      for (let plane = 4; plane < width; plane += 1) {
        target[plane * count + i] = high & 0xff;
        high >>>= 8;
      }
    }
  }
}

function readDecimal(reader: ByteReader, count: number): Float64Array {
  const power = POWERS[reader.uint8()] ?? 1;
  let scaled = reader.float64();
  const width = reader.uint8();
  const planes = reader.bytes(width * (count - 1));
  const values = new Float64Array(count);
  values[0] = scaled / power;
  for (let i = 1; i < count; i += 1) {
    const zigzag = readPlanes(planes, i - 1, { count: count - 1, width });
    scaled += zigzag % 2 === 0 ? zigzag / 2 : -(zigzag + 1) / 2;
    values[i] = scaled / power;
  }
  return values;
}

function readPlanes(planes: Uint8Array, index: number, shape: { readonly count: number; readonly width: number }): number {
  let number = 0;
  let weight = 1;
  for (let plane = 0, at = index; plane < shape.width; plane += 1, at += shape.count) {
    number += (planes[at] ?? 0) * weight;
    weight *= 256;
  }
  return number;
}

function bytesFor(largest: number): number {
  let width = 0;
  for (let rest = largest; rest >= 1; rest = Math.floor(rest / 256)) {
    width += 1;
  }
  return width;
}

function writeFloating(writer: ByteWriter, values: Float64Array): void {
  const canonical = Float64Array.from(values, (value) => (Number.isNaN(value) ? Number.NaN : value));
  const words = new Uint32Array(canonical.buffer);
  const count = values.length;
  writer.uint8(MODE.floating);
  const target = writer.claim(count * 8);
  for (let i = 0; i < count; i += 1) {
    const low = (words[2 * i] ?? 0) ^ (words[2 * i - 2] ?? 0);
    const high = (words[2 * i + 1] ?? 0) ^ (words[2 * i - 1] ?? 0);
    for (let plane = 0; plane < 4; plane += 1) {
      target[plane * count + i] = low >>> (8 * plane);
      target[(plane + 4) * count + i] = high >>> (8 * plane);
    }
  }
}

function readFloating(reader: ByteReader, count: number): Float64Array {
  const planes = reader.bytes(count * 8);
  const values = new Float64Array(count);
  const words = new Uint32Array(values.buffer);
  for (let i = 0; i < count; i += 1) {
    let low = words[2 * i - 2] ?? 0;
    let high = words[2 * i - 1] ?? 0;
    for (let plane = 0; plane < 4; plane += 1) {
      low ^= (planes[plane * count + i] ?? 0) << (8 * plane);
      high ^= (planes[(plane + 4) * count + i] ?? 0) << (8 * plane);
    }
    words[2 * i] = low;
    words[2 * i + 1] = high;
  }
  return values;
}
