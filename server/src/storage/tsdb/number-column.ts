import type { ByteReader, ByteWriter } from './bytes.ts';

/**
 * How one column of doubles is written, always losslessly (one NaN stands for all NaNs):
 * `constant` one value; `decimal` whole numbers after multiplying by 10^e, as zigzag differences (format 1 only, still read);
 * `floating` bits XORed with the previous value's; `stepped` as `decimal`, but the differences are divided by what all of them
 * have in common, and are differences of differences where those are smaller (steady counters, timestamps).
 * Differences are split into byte planes (all lowest bytes, then all second bytes, …), so that the upper planes are nearly
 * constant and vanish under zstd. docs/adr has the figures.
 */
const MODE = { constant: 0, decimal: 1, floating: 2, stepped: 3 } as const;

/** The second byte of a stepped column: the exponent in the low bits, and these. */
const EXPONENT_MASK = 0b111;
const HAS_FACTOR = 0b1000;
const IS_SECOND_ORDER = 0b1_0000;
/** Second differences vary more where there is no trend, so they must be clearly smaller to be worth it. */
const SECOND_ORDER_GAIN = 0.95;

const POWERS = [1, 10, 100, 1_000, 10_000, 100_000, 1_000_000];
/** Below this a second difference of scaled values, zigzagged, is still an exact integer in a double. */
const MAX_SCALED = 2 ** 50;
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
    writeStepped(writer, values, exponent);
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
    case MODE.stepped:
      return readStepped(reader, count);
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

function writeStepped(writer: ByteWriter, values: Float64Array, exponent: number): void {
  const power = POWERS[exponent] ?? 1;
  const scaled = values.map((value) => Math.round(value * power));
  const { steps, factor } = withoutFactor(differences(scaled));
  const secondSteps = differences(steps);
  const isSecondOrder = bitsOf(secondSteps) < SECOND_ORDER_GAIN * bitsOf(steps.subarray(1));
  const numbers = (isSecondOrder ? secondSteps : steps).map(zigzag);
  const width = bytesFor(numbers.reduce((max, number) => Math.max(max, number), 0));
  writer.uint8(MODE.stepped);
  writer.uint8(exponent | (factor > 1 ? HAS_FACTOR : 0) | (isSecondOrder ? IS_SECOND_ORDER : 0));
  writer.uint8(width);
  writer.float64(scaled[0] ?? 0);
  if (factor > 1) {
    writer.float64(factor);
  }
  if (isSecondOrder) {
    writer.float64(steps[0] ?? 0);
  }
  writePlanes(writer.claim(width * numbers.length), numbers, width);
}

function differences(numbers: Float64Array): Float64Array {
  const steps = new Float64Array(Math.max(numbers.length - 1, 0));
  for (let i = 0; i < steps.length; i += 1) {
    steps[i] = (numbers[i + 1] ?? 0) - (numbers[i] ?? 0);
  }
  return steps;
}

/** Divides by the greatest common divisor. Counters of bytes move in pages, CPU time in ticks, timestamps in intervals. */
function withoutFactor(steps: Float64Array): { readonly steps: Float64Array; readonly factor: number } {
  let factor = 0;
  for (let i = 0; i < steps.length && factor !== 1; i += 1) {
    factor = greatestCommonDivisor(factor, Math.abs(steps[i] ?? 0));
  }
  return factor > 1 ? { steps: steps.map((step) => step / factor), factor } : { steps, factor: 1 };
}

function greatestCommonDivisor(a: number, b: number): number {
  let [larger, smaller] = [a, b];
  while (smaller !== 0) {
    [larger, smaller] = [smaller, larger % smaller];
  }
  return larger;
}

/** About how many bits the numbers carry. */
function bitsOf(numbers: Float64Array): number {
  let bits = 0;
  for (const number of numbers) {
    const size = Math.abs(number);
    bits += size < TWO_32 ? 32 - Math.clz32(size) : 32 + bytesFor(size / TWO_32) * 8;
  }
  return bits;
}

/** Whole numbers of either sign as whole numbers from 0, small ones staying small. */
function zigzag(number: number): number {
  return number >= 0 ? number * 2 : -number * 2 - 1;
}

function unzigzag(number: number): number {
  return number % 2 === 0 ? number / 2 : -(number + 1) / 2;
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
    scaled += unzigzag(readPlanes(planes, i - 1, { count: count - 1, width }));
    values[i] = scaled / power;
  }
  return values;
}

function readStepped(reader: ByteReader, count: number): Float64Array {
  const flags = reader.uint8();
  const width = reader.uint8();
  const power = POWERS[flags & EXPONENT_MASK] ?? 1;
  let scaled = reader.float64();
  const factor = (flags & HAS_FACTOR) === 0 ? 1 : reader.float64();
  const isSecondOrder = (flags & IS_SECOND_ORDER) !== 0;
  let step = isSecondOrder ? reader.float64() : 0;
  const skipped = isSecondOrder ? 2 : 1;
  const planes = reader.bytes(width * (count - skipped));
  const values = new Float64Array(count);
  values[0] = scaled / power;
  if (isSecondOrder) {
    scaled += step * factor;
    values[1] = scaled / power;
  }
  const stride = count - skipped;
  for (let i = skipped; i < count; i += 1) {
    let number = 0;
    let weight = 1;
    for (let at = i - skipped, plane = 0; plane < width; plane += 1, at += stride) {
      number += (planes[at] ?? 0) * weight;
      weight *= 256;
    }
    const half = unzigzag(number);
    step = isSecondOrder ? step + half : half;
    scaled += step * factor;
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
