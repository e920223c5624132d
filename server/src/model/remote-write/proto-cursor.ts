import { PbfReader } from 'pbf';
import { STALE } from '../sample.ts';
import type { ByteRange } from './byte-table.ts';
import { InvalidWriteRequestError } from './decoded-write.ts';

const VARINT = 0;
const FIXED64 = 1;
const BYTES = 2;
const FIXED32 = 5;

/** A field of a message: number and wire type in one, as they are on the wire. */
export function tagOf(field: number, wireType: number): number {
  return (field << 3) | wireType;
}

// Prometheus' StaleNaN is 0x7ff0000000000002 (model/value).
const STALE_HIGH = 0x7f_f0_00_00;
const STALE_LOW = 2;

/** Reads protobuf from hostile bytes: pbf's reader, with every length checked against the message it is in. */
export class ProtoCursor implements ByteRange {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  /** A range to look something up with; set before each look-up. */
  start = 0;
  end = 0;
  readonly #reader: PbfReader;

  constructor(bytes: Uint8Array) {
    this.#reader = new PbfReader(bytes);
    this.bytes = bytes;
    this.view = this.#reader.dataView;
  }

  get length(): number {
    return this.bytes.length;
  }

  get at(): number {
    return this.#reader.pos;
  }

  set at(position: number) {
    this.#reader.pos = position;
  }

  /** The next field's tag. */
  tag(): number {
    const tag = this.#reader.readVarint();
    if (tag < 8) {
      throw new InvalidWriteRequestError(`there is no field 0, as at byte ${this.at - 1}`);
    }
    return tag;
  }

  unsigned(): number {
    return this.#reader.readVarint();
  }

  /** int64; beyond 2^53 it is rounded. */
  signed(): number {
    return this.#reader.readVarint(true);
  }

  /** A double; `STALE` for the staleness marker. */
  sampleValue(): number {
    const value = this.#reader.readDouble();
    if (!Number.isNaN(value)) {
      return value;
    }
    const at = this.#reader.pos - 8;
    const isStale = this.view.getUint32(at, true) === STALE_LOW && this.view.getUint32(at + 4, true) === STALE_HIGH;
    return isStale ? STALE : Number.NaN;
  }

  /** Where the length-delimited field that begins here ends. The cursor is then at its first byte. */
  messageEnd(outerEnd: number): number {
    const length = this.#reader.readVarint();
    const end = this.#reader.pos + length;
    if (!(end <= outerEnd)) {
      throw new InvalidWriteRequestError(`a field of ${length} bytes at byte ${this.#reader.pos} reaches beyond its message`);
    }
    return end;
  }

  /** Passes over a field that is not known. */
  skip(tag: number, outerEnd: number): void {
    switch (tag & 7) {
      case VARINT:
        this.#reader.readVarint();
        break;
      case FIXED64:
        this.at += 8;
        break;
      case BYTES:
        this.at = this.messageEnd(outerEnd);
        break;
      case FIXED32:
        this.at += 4;
        break;
      default:
        throw new InvalidWriteRequestError(`wire type ${tag & 7} at byte ${this.at} is unknown`);
    }
  }

  /** Text up to `end`. */
  text(end: number): string {
    const text = decodeText(this.bytes.subarray(this.at, end));
    this.at = end;
    return text;
  }

  /** Called where a message must have ended. */
  assertAt(end: number): void {
    if (this.at !== end) {
      throw new InvalidWriteRequestError(`a message should end at byte ${end}, its last field ends at ${this.at}`);
    }
  }
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function decodeText(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes);
  } catch (cause) {
    throw new InvalidWriteRequestError('a text is not UTF-8', { cause });
  }
}
