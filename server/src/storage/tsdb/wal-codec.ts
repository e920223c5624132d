import { compress, decompressToRead } from './compression.ts';
import type { Column } from './memory-series.ts';

/** Rows of one commit: row i belongs to series `refs[i]`. */
export interface WalRows extends Column {
  readonly refs: Uint32Array;
}

const VERSION = 1;
const ONE_TIMESTAMP = 1;
const HEADER_BYTES = 8;

/**
 * One commit as a blob. Before compression, little-endian and aligned: version, flags, two spare bytes, row count,
 * timestamps (one, when all are equal), values, refs.
 */
export function encodeWalRows(rows: WalRows): Uint8Array {
  const count = rows.refs.length;
  const times = areAllEqual(rows.timestamps) ? 1 : count;
  const buffer = new ArrayBuffer(HEADER_BYTES + 8 * (times + count) + 4 * count);
  const header = new DataView(buffer);
  header.setUint8(0, VERSION);
  header.setUint8(1, times === count ? 0 : ONE_TIMESTAMP);
  header.setUint32(4, count, true);
  new Float64Array(buffer, HEADER_BYTES, times).set(rows.timestamps.subarray(0, times));
  new Float64Array(buffer, HEADER_BYTES + 8 * times, count).set(rows.values);
  new Uint32Array(buffer, HEADER_BYTES + 8 * (times + count), count).set(rows.refs);
  return compress(new Uint8Array(buffer), 1);
}

function areAllEqual(timestamps: Float64Array): boolean {
  const [first] = timestamps;
  for (const timestampMs of timestamps) {
    if (timestampMs !== first) {
      return false;
    }
  }
  return true;
}

/** The columns share a buffer: they are for reading at once, not for keeping. @throws when the blob is damaged. */
export function decodeWalRows(blob: Uint8Array): WalRows {
  const { buffer, byteOffset, byteLength } = aligned(decompressToRead(blob));
  const header = new DataView(buffer, byteOffset);
  if (header.getUint8(0) !== VERSION) {
    throw new RangeError(`WAL row version ${header.getUint8(0)}, expected ${VERSION}`);
  }
  const count = header.getUint32(4, true);
  const times = header.getUint8(1) === ONE_TIMESTAMP ? 1 : count;
  if (byteLength !== HEADER_BYTES + 8 * (times + count) + 4 * count) {
    throw new RangeError(`WAL row of ${byteLength} bytes, not of ${count} samples`);
  }
  const timestamps = new Float64Array(buffer, byteOffset + HEADER_BYTES, times);
  return {
    timestamps: times === count ? timestamps : new Float64Array(count).fill(timestamps[0] ?? 0),
    values: new Float64Array(buffer, byteOffset + HEADER_BYTES + 8 * times, count),
    refs: new Uint32Array(buffer, byteOffset + HEADER_BYTES + 8 * (times + count), count),
  };
}

function aligned(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  return bytes.byteOffset % Float64Array.BYTES_PER_ELEMENT === 0 ? bytes : new Uint8Array(bytes);
}
