import { decodeWrite1 } from './decode-write-1.ts';
import { decodeWrite2, type Memory2, SymbolMemory } from './decode-write-2.ts';
import { type DecodedWrite, InvalidWriteRequestError, type RemoteWriteVersion, WriteColumns } from './decoded-write.ts';
import { ProtoCursor } from './proto-cursor.ts';
import { type NameSeries, SeriesMemory } from './series-memory.ts';

/**
 * Decodes Prometheus remote write requests, uncompressed, into columns. Remembers the series it has seen by their bytes, so
 * that a known one costs a look-up and gives the same object again.
 * https://prometheus.io/docs/specs/prw/remote_write_spec/ and …/remote_write_spec_2_0/
 */
export class WriteDecoder {
  readonly #series1: SeriesMemory;
  readonly #memory2: Memory2;

  /** `name` is asked once for each series; those it gives `null` for are left out without a word. */
  constructor(name?: NameSeries) {
    this.#series1 = new SeriesMemory(name);
    this.#memory2 = { symbols: new SymbolMemory(), series: new SeriesMemory(name) };
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
}

/** What pbf and typed arrays throw when bytes end too early. */
function damaged(cause: unknown): InvalidWriteRequestError {
  return new InvalidWriteRequestError(`not a remote write request: ${cause instanceof Error ? cause.message : String(cause)}`, {
    cause,
  });
}
