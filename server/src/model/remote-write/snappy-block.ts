import { compress } from 'snappyjs';

/** The bytes are no snappy block, or one that holds more than is taken. */
export class InvalidSnappyError extends Error {
  override readonly name = 'InvalidSnappyError';
}

/** Compresses into the snappy block format. */
export function compressBlock(bytes: Uint8Array): Uint8Array {
  return compress(bytes);
}

/**
 * Uncompresses a snappy block (https://github.com/google/snappy/blob/main/format_description.txt), which must give exactly
 * the length it states. Our own because snappyjs loops for ever on a literal with a negative length and takes short streams.
 * @param take gives memory of a length for what comes out, whatever is in it; new memory when absent
 * @throws InvalidSnappyError for anything else, and for a block of more than `maxBytes`, before memory is taken for it
 */
export function uncompressBlock(
  block: Uint8Array,
  maxBytes: number,
  take: (length: number) => Uint8Array = (length) => new Uint8Array(length),
): Uint8Array {
  const { length, start } = readLength(block);
  if (length > maxBytes) {
    throw new InvalidSnappyError(`snappy block of ${length} bytes uncompressed; at most ${maxBytes} are taken`);
  }
  const out = take(length);
  const written = expand(block, start, out);
  if (written !== length) {
    throw new InvalidSnappyError(`snappy block states ${length} bytes and holds ${written}`);
  }
  return out;
}

function readLength(block: Uint8Array): { readonly length: number; readonly start: number } {
  let length = 0;
  for (let i = 0; i < 5; i += 1) {
    const byte = block[i];
    if (byte === undefined) {
      break;
    }
    length += (byte & 0x7f) * 2 ** (7 * i);
    if (byte < 0x80 && length < 2 ** 32) {
      return { length, start: i + 1 };
    }
  }
  throw new InvalidSnappyError('not a snappy block: it states no length');
}

/** Uncompresses elements until the block ends. Returns how many bytes were written. */
function expand(block: Uint8Array, start: number, out: Uint8Array): number {
  const end = block.length;
  let at = start;
  let to = 0;
  while (at < end) {
    const tag = block[at] ?? 0;
    const kind = tag & 3;
    const extra = extraBytes(tag);
    const stated = littleEndian(block, at + 1, extra);
    at += 1 + extra;
    if (kind === 0) {
      const length = (extra === 0 ? tag >> 2 : stated) + 1;
      if (at + length > end || to + length > out.length) {
        throw new InvalidSnappyError('snappy block is damaged: a literal reaches beyond its end');
      }
      copyLiteral(block, at, { out, to, length });
      at += length;
      to += length;
    } else {
      const length = kind === 1 ? ((tag >> 2) & 7) + 4 : (tag >> 2) + 1;
      const offset = kind === 1 ? ((tag >> 5) << 8) + stated : stated;
      if (at > end || offset === 0 || offset > to || to + length > out.length) {
        throw new InvalidSnappyError('snappy block is damaged: a copy reaches beyond what there is');
      }
      copyBack(out, to, { offset, length });
      to += length;
    }
  }
  return to;
}

/** How many bytes of length (literal) or offset (copy) follow a tag. */
function extraBytes(tag: number): number {
  switch (tag & 3) {
    case 0:
      return tag < 240 ? 0 : (tag >> 2) - 59;
    case 1:
      return 1;
    case 2:
      return 2;
    default:
      return 4;
  }
}

/** Bytes beyond the end count as zero; the caller notices by the position. */
function littleEndian(block: Uint8Array, at: number, bytes: number): number {
  let value = 0;
  for (let i = bytes - 1; i >= 0; i -= 1) {
    value = value * 256 + (block[at + i] ?? 0);
  }
  return value;
}

/** Bytes from which `set` and `copyWithin` are faster than a loop. */
const BULK = 64;

interface Target {
  readonly out: Uint8Array;
  readonly to: number;
  readonly length: number;
}

function copyLiteral(block: Uint8Array, from: number, { out, to, length }: Target): void {
  if (length >= BULK) {
    out.set(block.subarray(from, from + length), to);
    return;
  }
  for (let i = 0; i < length; i += 1) {
    out[to + i] = block[from + i] ?? 0;
  }
}

/** A copy may overlap what it writes: then it repeats a pattern. */
function copyBack(out: Uint8Array, to: number, { offset, length }: { readonly offset: number; readonly length: number }): void {
  const from = to - offset;
  for (let i = 0; i < length; i += 1) {
    out[to + i] = out[from + i] ?? 0;
  }
}
