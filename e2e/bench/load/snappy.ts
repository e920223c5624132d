const HASH_BITS = 14;
const BLOCK = 65_536;
const SHORTEST_MATCH = 4;

/** Greedy snappy in its block format, as remote write wants it. https://github.com/google/snappy/blob/main/format_description.txt */
export class Snappy {
  readonly #table = new Int32Array(1 << HASH_BITS);

  compress(input: Buffer): Buffer {
    const output = Buffer.allocUnsafe(32 + input.length + Math.ceil(input.length / 6));
    let at = writeVarint(output, 0, input.length);
    for (let start = 0; start < input.length; start += BLOCK) {
      at = this.#block(input, { start, end: Math.min(start + BLOCK, input.length) }, { output, at });
    }
    return output.subarray(0, at);
  }

  #block(input: Buffer, { start, end }: { start: number; end: number }, target: { output: Buffer; at: number }): number {
    const table = this.#table.fill(-1);
    const { output } = target;
    let { at } = target;
    let literal = start;
    let position = start;
    while (position + SHORTEST_MATCH <= end) {
      const four = input.readUInt32LE(position);
      const hash = Math.imul(four, 0x1e35a7bd) >>> (32 - HASH_BITS);
      const candidate = table[hash] ?? -1;
      table[hash] = position;
      if (candidate < 0 || input.readUInt32LE(candidate) !== four) {
        position += 1 + ((position - literal) >> 5);
        continue;
      }
      let length = SHORTEST_MATCH;
      while (position + length < end && input[candidate + length] === input[position + length]) {
        length += 1;
      }
      at = writeLiteral(input.subarray(literal, position), output, at);
      at = writeCopy({ offset: position - candidate, length }, output, at);
      position += length;
      literal = position;
    }
    return writeLiteral(input.subarray(literal, end), output, at);
  }
}

function writeLiteral(literal: Buffer, output: Buffer, start: number): number {
  let at = start;
  const less = literal.length - 1;
  if (less < 0) {
    return at;
  }
  if (less < 60) {
    output[at++] = less << 2;
  } else if (less < 256) {
    output[at++] = 60 << 2;
    output[at++] = less;
  } else {
    output[at++] = 61 << 2;
    output[at++] = less & 255;
    output[at++] = less >> 8;
  }
  literal.copy(output, at);
  return at + literal.length;
}

function writeCopy({ offset, length }: { offset: number; length: number }, output: Buffer, start: number): number {
  let at = start;
  for (let left = length; left > 0; ) {
    const part = Math.min(left, 64);
    output[at++] = ((part - 1) << 2) | 2;
    output[at++] = offset & 255;
    output[at++] = offset >> 8;
    left -= part;
  }
  return at;
}

/** Base-128 of a whole number below 2^53. Returns where it ends. */
export function writeVarint(output: Buffer, start: number, value: number): number {
  let at = start;
  let left = value;
  while (left >= 128) {
    output[at++] = (left % 128) | 128;
    left = Math.floor(left / 128);
  }
  output[at++] = left;
  return at;
}
