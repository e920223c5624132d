import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib';

/** zstd with a content checksum, so that a flipped bit is an error and not a value. Level 1 for the WAL, 3 for blocks. */
export function compress(bytes: Uint8Array, level: 1 | 3): Uint8Array {
  return zstdCompressSync(bytes, {
    params: { [constants.ZSTD_c_compressionLevel]: level, [constants.ZSTD_c_checksumFlag]: 1 },
  });
}

const SMALLEST_CHUNK = 1024;
/** A frame may state any size; more than this is taken in several chunks. */
const LARGEST_CHUNK = 4 * 1024 * 1024;

/** Copies out of zlib's over-allocated buffer, so that what is kept costs what it holds and starts aligned. */
export function decompress(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return new Uint8Array(decompressToRead(bytes));
}

/** For what is read at once and not kept: may be a part of a larger buffer, and not aligned in it. */
export function decompressToRead(bytes: Uint8Array): Buffer<ArrayBuffer> {
  // One chunk that has a byte to spare: zlib then neither joins chunks nor asks for more.
  const chunkSize = Math.min(Math.max(statedSize(bytes) + 1, SMALLEST_CHUNK), LARGEST_CHUNK);
  return zstdDecompressSync(bytes, { chunkSize });
}

/** The size of the content that a frame's header states, 0 where it states none (RFC 8878, 3.1.1.1). */
function statedSize(frame: Uint8Array): number {
  const descriptor = frame[4] ?? 0;
  const isSingleSegment = (descriptor & 0x20) !== 0;
  const sizeFlag = descriptor >> 6;
  const at = 5 + (isSingleSegment ? 0 : 1) + ([0, 1, 2, 4][descriptor & 3] ?? 0);
  const byteAt = (index: number): number => frame[at + index] ?? 0;
  switch (sizeFlag) {
    case 0:
      return isSingleSegment ? byteAt(0) : 0;
    case 1:
      return byteAt(0) + byteAt(1) * 2 ** 8 + 256;
    default:
      return byteAt(0) + byteAt(1) * 2 ** 8 + byteAt(2) * 2 ** 16 + byteAt(3) * 2 ** 24;
  }
}
