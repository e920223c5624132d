import { PbfWriter } from 'pbf';
import type { Matcher, MatchOperator } from '../matcher.ts';
import { decodeSeries } from './decode-write-1.ts';
import { type DecodedWrite, InvalidWriteRequestError, WriteColumns } from './decoded-write.ts';
import { ProtoCursor, tagOf } from './proto-cursor.ts';
import { SeriesMemory } from './series-memory.ts';

const OPERATORS: Readonly<Record<MatchOperator, number>> = { '=': 0, '!=': 1, '=~': 2, '!~': 3 };

export interface ReadQuery {
  readonly matchers: readonly Matcher[];
  /** Both ends inclusive, epoch milliseconds. */
  readonly fromMs: number;
  readonly toMs: number;
}

/** Encodes a `prometheus.ReadRequest` that asks for samples, uncompressed. */
export function encodeReadRequest({ matchers, fromMs, toMs }: ReadQuery): Uint8Array {
  const writer = new PbfWriter();
  writer.writeMessage(
    1,
    (_query, query) => {
      query.writeVarintField(1, fromMs);
      query.writeVarintField(2, toMs);
      for (const matcher of matchers) {
        query.writeMessage(3, writeMatcher, matcher);
      }
    },
    null,
  );
  return writer.finish();
}

const utf8 = new TextEncoder();

function writeMatcher({ name, operator, value }: Matcher, message: PbfWriter): void {
  message.writeVarintField(1, OPERATORS[operator]);
  message.writeBytesField(2, utf8.encode(name));
  message.writeBytesField(3, utf8.encode(value));
}

const RESULT = tagOf(1, 2);
const TIME_SERIES = tagOf(1, 2);

/** Decodes a `prometheus.ReadResponse`, uncompressed; the series of all its results. @throws InvalidWriteRequestError */
export function decodeReadResponse(bytes: Uint8Array): DecodedWrite {
  const cursor = new ProtoCursor(bytes);
  const columns = new WriteColumns();
  const series = new SeriesMemory();
  try {
    while (cursor.at < cursor.length) {
      const tag = cursor.tag();
      if (tag === RESULT) {
        decodeResult(cursor, columns, series);
      } else {
        cursor.skip(tag, cursor.length);
      }
    }
  } catch (cause) {
    throw cause instanceof InvalidWriteRequestError ? cause : new InvalidWriteRequestError('not a read response', { cause });
  }
  return columns;
}

function decodeResult(cursor: ProtoCursor, columns: WriteColumns, series: SeriesMemory): void {
  const end = cursor.messageEnd(cursor.length);
  while (cursor.at < end) {
    const tag = cursor.tag();
    if (tag === TIME_SERIES) {
      decodeSeries(cursor, columns, series);
    } else {
      cursor.skip(tag, end);
    }
  }
  cursor.assertAt(end);
}
