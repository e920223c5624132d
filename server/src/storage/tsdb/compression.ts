import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib';

/** zstd with a content checksum, so that a flipped bit is an error and not a value. Level 1 for the WAL, 3 for blocks. */
export function compress(bytes: Uint8Array, level: 1 | 3): Uint8Array {
  return zstdCompressSync(bytes, {
    params: { [constants.ZSTD_c_compressionLevel]: level, [constants.ZSTD_c_checksumFlag]: 1 },
  });
}

/** Copies out of zlib's over-allocated buffer, so that what is kept costs what it holds and starts aligned. */
export function decompress(bytes: Uint8Array): Uint8Array {
  return Uint8Array.from(zstdDecompressSync(bytes));
}
