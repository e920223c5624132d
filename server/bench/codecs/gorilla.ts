import type { Column } from '../../src/storage/tsdb/memory-series.ts';

/**
 * Prometheus' XOR chunk, written down from tsdb/chunkenc/xor.go: delta of delta for times, XOR of neighbours for values
 * (Gorilla, VLDB 2015). For comparison only.
 */
const SAMPLES_PER_CHUNK = 120;
const DOD_SIZES = [14, 17, 20] as const;
const NO_WINDOW = 0xff;

class BitWriter {
  #bytes = new Uint8Array(4096);
  #bits = 0;

  write(value: bigint, count: number): void {
    for (let bit = count - 1; bit >= 0; bit -= 1) {
      this.#bit(Number((value >> BigInt(bit)) & 1n));
    }
  }

  written(): Uint8Array {
    return this.#bytes.slice(0, Math.ceil(this.#bits / 8));
  }

  #bit(bit: number): void {
    const at = this.#bits >>> 3;
    if (at === this.#bytes.length) {
      const larger = new Uint8Array(this.#bytes.length * 2);
      larger.set(this.#bytes);
      this.#bytes = larger;
    }
    this.#bytes[at] = (this.#bytes[at] ?? 0) | (bit << (7 - (this.#bits & 7)));
    this.#bits += 1;
  }
}

class BitReader {
  readonly #bytes: Uint8Array;
  #bits = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  bit(): number {
    const bit = ((this.#bytes[this.#bits >>> 3] ?? 0) >> (7 - (this.#bits & 7))) & 1;
    this.#bits += 1;
    return bit;
  }

  /** Up to 32 bits, unsigned, whole bytes at a time where they line up. */
  read(count: number): number {
    let value = 0;
    let left = count;
    while (left > 0) {
      const free = 8 - (this.#bits & 7);
      const take = Math.min(free, left);
      const byte = this.#bytes[this.#bits >>> 3] ?? 0;
      value = value * 2 ** take + ((byte >> (free - take)) & ((1 << take) - 1));
      this.#bits += take;
      left -= take;
    }
    return value;
  }
}

const scratch = new DataView(new ArrayBuffer(8));

function bitsOf(value: number): bigint {
  scratch.setFloat64(0, value);
  return scratch.getBigUint64(0);
}

function leadingZeros(bits: bigint): number {
  const high = Number(bits >> 32n);
  return high === 0 ? 32 + Math.clz32(Number(bits & 0xffff_ffffn)) : Math.clz32(high);
}

function trailingZeros(bits: bigint): number {
  let zeros = 0;
  for (let rest = bits; (rest & 1n) === 0n && zeros < 64; rest >>= 1n) {
    zeros += 1;
  }
  return zeros;
}

export function encodeChunks({ timestamps, values }: Column): readonly Uint8Array[] {
  const chunks: Uint8Array[] = [];
  for (let from = 0; from < values.length; from += SAMPLES_PER_CHUNK) {
    const to = from + SAMPLES_PER_CHUNK;
    chunks.push(encodeChunk({ timestamps: timestamps.subarray(from, to), values: values.subarray(from, to) }));
  }
  return chunks;
}

function encodeChunk({ timestamps, values }: Column): Uint8Array {
  const writer = new BitWriter();
  const window = { leading: NO_WINDOW, trailing: 0 };
  writer.write(BigInt(values.length), 16);
  for (let i = 0; i < values.length; i += 1) {
    const time = timestamps[i] ?? 0;
    const delta = time - (timestamps[i - 1] ?? 0);
    if (i < 2) {
      writer.write(BigInt(i === 0 ? time : delta), i === 0 ? 64 : 32);
    } else {
      writeDod(writer, delta - ((timestamps[i - 1] ?? 0) - (timestamps[i - 2] ?? 0)));
    }
    if (i === 0) {
      writer.write(bitsOf(values[0] ?? 0), 64);
    } else {
      writeXor(writer, bitsOf(values[i] ?? 0) ^ bitsOf(values[i - 1] ?? 0), window);
    }
  }
  return writer.written();
}

function writeDod(writer: BitWriter, dod: number): void {
  if (dod === 0) {
    writer.write(0n, 1);
    return;
  }
  for (const [step, size] of DOD_SIZES.entries()) {
    if (dod > -(2 ** (size - 1)) && dod <= 2 ** (size - 1)) {
      writer.write(BigInt(2 ** (step + 2) - 2), step + 2);
      writer.write(BigInt.asUintN(size, BigInt(dod)), size);
      return;
    }
  }
  writer.write(0b1111n, 4);
  writer.write(BigInt.asUintN(64, BigInt(dod)), 64);
}

function writeXor(writer: BitWriter, xor: bigint, window: { leading: number; trailing: number }): void {
  if (xor === 0n) {
    writer.write(0n, 1);
    return;
  }
  const leading = Math.min(leadingZeros(xor), 31);
  const trailing = trailingZeros(xor);
  if (window.leading !== NO_WINDOW && leading >= window.leading && trailing >= window.trailing) {
    writer.write(0b10n, 2);
    writer.write(xor >> BigInt(window.trailing), 64 - window.leading - window.trailing);
    return;
  }
  window.leading = leading;
  window.trailing = trailing;
  const significant = 64 - leading - trailing;
  writer.write(0b11n, 2);
  writer.write(BigInt(leading), 5);
  writer.write(BigInt(significant & 63), 6);
  writer.write(xor >> BigInt(trailing), significant);
}

/** Decodes with 32-bit halves instead of BigInt, so that the comparison of speed is fair. */
export function decodeChunk(chunk: Uint8Array): Column {
  const reader = new BitReader(chunk);
  const count = reader.read(16);
  const timestamps = new Float64Array(count);
  const values = new Float64Array(count);
  const words = new Uint32Array(values.buffer);
  let delta = 0;
  let leading = 0;
  let trailing = 0;
  for (let i = 0; i < count; i += 1) {
    if (i === 0) {
      timestamps[0] = reader.read(32) * 2 ** 32 + reader.read(32);
      words[1] = reader.read(32);
      words[0] = reader.read(32);
      continue;
    }
    delta = i === 1 ? reader.read(32) : delta + readDod(reader);
    timestamps[i] = (timestamps[i - 1] ?? 0) + delta;
    let high = words[2 * i - 1] ?? 0;
    let low = words[2 * i - 2] ?? 0;
    if (reader.bit() === 1) {
      if (reader.bit() === 1) {
        leading = reader.read(5);
        trailing = 64 - leading - (reader.read(6) || 64);
      }
      const significant = 64 - leading - trailing;
      const upper = significant > 32 ? reader.read(significant - 32) : 0;
      const lower = reader.read(Math.min(significant, 32));
      const wide = trailing >= 32;
      high ^= wide ? lower << (trailing - 32) : shiftedHigh(upper, lower, trailing);
      low ^= wide ? 0 : lower << trailing;
    }
    words[2 * i] = low;
    words[2 * i + 1] = high;
  }
  return { timestamps, values };
}

function shiftedHigh(upper: number, lower: number, trailing: number): number {
  return trailing === 0 ? upper : (upper << trailing) | (lower >>> (32 - trailing));
}

function readDod(reader: BitReader): number {
  for (const size of [0, ...DOD_SIZES]) {
    if (reader.bit() === 0) {
      const raw = size === 0 ? 0 : reader.read(size);
      return raw > 2 ** (size - 1) && size > 0 ? raw - 2 ** size : raw;
    }
  }
  const high = reader.read(32) | 0;
  return high * 2 ** 32 + reader.read(32);
}
