import { PbfWriter } from 'pbf';
import type { Labels } from '../labels.ts';
import { STALE } from '../sample.ts';
import type { MetricMetadata, SampleRows } from '../series-store.ts';
import { metricTypeNumber, type RemoteWriteVersion } from './decoded-write.ts';

/** What goes into one request. */
export interface WriteContent {
  readonly rows: SampleRows;
  readonly metadata?: ReadonlyMap<string, MetricMetadata>;
}

/**
 * Encodes a write request, uncompressed. Rows of one label set become one series with its samples oldest first, as both
 * specifications demand; series are in the order of their first row.
 */
export function encodeWrite(content: WriteContent, version: RemoteWriteVersion): Uint8Array {
  return version === '1.0' ? encodeWrite1(content) : encodeWrite2(content);
}

/** Row numbers by series. */
function seriesOf({ labels, timestamps }: SampleRows): ReadonlyMap<Labels, number[]> {
  const canonical = new Map<string, Labels>();
  const bySeries = new Map<Labels, number[]>();
  for (const [row, own] of labels.entries()) {
    let rows = bySeries.get(own);
    if (rows === undefined) {
      const first = canonical.get(own.key) ?? own;
      canonical.set(own.key, first);
      rows = bySeries.get(first) ?? [];
      bySeries.set(first, rows);
    }
    rows.push(row);
  }
  for (const rows of bySeries.values()) {
    rows.sort((a, b) => (timestamps[a] ?? 0) - (timestamps[b] ?? 0));
  }
  return bySeries;
}

function encodeWrite1({ rows, metadata = new Map() }: WriteContent): Uint8Array {
  const writer = new PbfWriter();
  for (const [labels, own] of seriesOf(rows)) {
    writer.writeMessage(
      1,
      (series, message) => {
        for (const [name, value] of series.entries()) {
          message.writeMessage(1, writeLabel, [name, value]);
        }
        writeSamples(message, rows, own);
      },
      labels,
    );
  }
  for (const [name, { type, help, unit }] of metadata) {
    writer.writeMessage(
      3,
      (family, message) => {
        message.writeVarintField(1, metricTypeNumber(type));
        writeText(message, 2, family);
        writeText(message, 4, help);
        writeText(message, 5, unit);
      },
      name,
    );
  }
  return writer.finish();
}

const utf8 = new TextEncoder();

/** pbf's own way writes U+20000 as U+10000 (5.1.2). */
function writeText(message: PbfWriter, field: number, text: string): void {
  message.writeBytesField(field, utf8.encode(text));
}

function writeLabel([name, value]: readonly [string, string], message: PbfWriter): void {
  writeText(message, 1, name);
  writeText(message, 2, value);
}

function writeSamples(message: PbfWriter, rows: SampleRows, own: readonly number[]): void {
  for (const row of own) {
    message.writeMessage(2, writeSample, { value: rows.values[row] ?? 0, timestampMs: rows.timestamps[row] ?? 0 });
  }
}

const STALE_LOW = 2;
const STALE_HIGH = 0x7f_f0_00_00;

function writeSample({ value, timestampMs }: { readonly value: number; readonly timestampMs: number }, message: PbfWriter): void {
  if (value === STALE) {
    // The marker is a NaN with a payload, which a number cannot carry: its two halves are written instead.
    message.writeTag(1, 1);
    message.writeFixed32(STALE_LOW);
    message.writeFixed32(STALE_HIGH);
  } else {
    message.writeDoubleField(1, value);
  }
  message.writeVarintField(2, timestampMs);
}

/** Texts of a request, each once; the first is the empty one. */
class Symbols {
  readonly #refs = new Map<string, number>([['', 0]]);

  ref(text: string): number {
    const known = this.#refs.get(text);
    if (known !== undefined) {
      return known;
    }
    this.#refs.set(text, this.#refs.size);
    return this.#refs.size - 1;
  }

  get all(): Iterable<string> {
    return this.#refs.keys();
  }
}

function encodeWrite2({ rows, metadata = new Map() }: WriteContent): Uint8Array {
  const symbols = new Symbols();
  const series = new PbfWriter();
  for (const [labels, own] of seriesOf(rows)) {
    series.writeMessage(
      5,
      (one, message) => {
        message.writePackedVarint(
          1,
          [...one.entries()].flatMap(([name, value]) => [symbols.ref(name), symbols.ref(value)]),
        );
        writeSamples(message, rows, own);
        message.writeMessage(5, writeMetadata, { stated: metadataOf(one.metricName, metadata), symbols });
      },
      labels,
    );
  }
  const writer = new PbfWriter();
  for (const text of symbols.all) {
    writeText(writer, 4, text);
  }
  return joined(writer.finish(), series.finish());
}

function metadataOf(name: string, metadata: ReadonlyMap<string, MetricMetadata>): MetricMetadata | undefined {
  return metadata.get(name) ?? metadata.get(name.replace(/_(?:bucket|count|sum)$/, ''));
}

interface StatedMetadata {
  readonly stated: MetricMetadata | undefined;
  readonly symbols: Symbols;
}

function writeMetadata({ stated, symbols }: StatedMetadata, message: PbfWriter): void {
  if (stated !== undefined) {
    message.writeVarintField(1, metricTypeNumber(stated.type));
    message.writeVarintField(3, symbols.ref(stated.help));
    message.writeVarintField(4, symbols.ref(stated.unit));
  }
}

function joined(first: Uint8Array, second: Uint8Array): Uint8Array {
  const both = new Uint8Array(first.length + second.length);
  both.set(first);
  both.set(second, first.length);
  return both;
}
