import type { ByteWriter } from './bytes.ts';

/**
 * How one column of doubles is written, always losslessly (one NaN stands for all NaNs):
 * `constant` one value; `decimal` whole numbers after multiplying by 10^e, as zigzag differences (format 1 only, still read);
 * `floating` bits XORed with the previous value's; `stepped` as `decimal`, but the differences are divided by what all of them
 * have in common, and are differences of differences where those are smaller (steady counters, timestamps).
 * Differences are split into byte planes (all lowest bytes, then all second bytes, …), so that the upper planes are nearly
 * constant and vanish under zstd. docs/adr has the figures.
 */
export const MODE = { constant: 0, decimal: 1, floating: 2, stepped: 3 } as const;

/** The second byte of a stepped column: the exponent in the low bits, and these. */
export const EXPONENT_MASK = 0b111;
export const HAS_FACTOR = 0b1000;
export const IS_SECOND_ORDER = 0b1_0000;
/** Second differences vary more where there is no trend, so they must be clearly smaller to be worth it. */
const SECOND_ORDER_GAIN = 0.95;

export const POWERS = [1, 10, 100, 1_000, 10_000, 100_000, 1_000_000];
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
