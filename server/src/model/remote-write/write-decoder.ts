import { decodeWrite1 } from './decode-write-1.ts';
import { decodeWrite2, type Memory2, SymbolMemory } from './decode-write-2.ts';
import { type DecodedWrite, InvalidWriteRequestError, type RemoteWriteVersion, WriteColumns } from './decoded-write.ts';
import { ProtoCursor } from './proto-cursor.ts';
import { type NameSeries, SeriesMemory } from './series-memory.ts';
import { uncompressBlock } from './snappy-block.ts';

/** Of uncompressed requests; larger ones are rare. */
const MOST_ROOM = 4 << 20;

/**
 * Decodes Prometheus remote write requests, uncompressed, into columns. Remembers the series it has seen by their bytes, so
 * that a known one costs a look-up and gives the same object again.
 * https://prometheus.io/docs/specs/prw/remote_write_spec/ and …/remote_write_spec_2_0/
 */
export class WriteDecoder {
  readonly #series1: SeriesMemory;
  readonly #memory2: Memory2;
  #room = new Uint8Array(0);

  /** `name` is asked once for each series; those it gives `null` for are left out without a word. */
  constructor(name?: NameSeries) {
    this.#series1 = new SeriesMemory(name);
    this.#memory2 = { symbols: new SymbolMemory(), series: new SeriesMemory(name) };
  }

  /**
   * Decodes a snappy block, without memory of its own for what is in it.
   * @throws InvalidSnappyError, InvalidWriteRequestError
   */
  decodeBlock(block: Uint8Array, maxBytes: number, version: RemoteWriteVersion): DecodedWrite {
    return this.decode(
      uncompressBlock(block, maxBytes, (length) => this.#roomFor(length)),
      version,
    );
  }

  /** @throws InvalidWriteRequestError whatever is wrong with the bytes */
  decode(bytes: Uint8Array, version: RemoteWriteVersion): DecodedWrite {
    const columns = new WriteColumns();
    try {
      const cursor = new ProtoCursor(bytes);
      if (version === '1.0') {
        decodeWrite1(cursor, columns, this.#series1);
      } else {
        decodeWrite2(cursor, columns, this.#memory2);
      }
    } catch (cause) {
      throw cause instanceof InvalidWriteRequestError ? cause : damaged(cause);
    }
    return columns;
  }

  /** Nothing that was decoded lies in the bytes it came from, so that they serve one request after the other. */
  #roomFor(length: number): Uint8Array {
    if (length > MOST_ROOM) {
      return new Uint8Array(length);
    }
    if (this.#room.length < length) {
      this.#room = new Uint8Array(Math.min(MOST_ROOM, length * 2));
    }
    return this.#room.subarray(0, length);
  }
}

/** What pbf and typed arrays throw when bytes end too early. */
function damaged(cause: unknown): InvalidWriteRequestError {
  return new InvalidWriteRequestError(`not a remote write request: ${cause instanceof Error ? cause.message : String(cause)}`, {
    cause,
  });
}
