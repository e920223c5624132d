import type { MetricMetadata } from '../series-store.ts';
import { ByteTable } from './byte-table.ts';
import { decodeSample } from './decode-write-1.ts';
import { InvalidWriteRequestError, type LabelPair, metricType, type SeriesLabels, type WriteColumns } from './decoded-write.ts';
import { type ProtoCursor, tagOf } from './proto-cursor.ts';
import type { SeriesMemory } from './series-memory.ts';

// https://github.com/prometheus/prometheus/blob/main/prompb/io/prometheus/write/v2/types.proto
const SYMBOL = tagOf(4, 2);
const TIME_SERIES = tagOf(5, 2);
const LABEL_REFS = tagOf(1, 2);
const LABEL_REF = tagOf(1, 0);
const SAMPLE = tagOf(2, 2);
const HISTOGRAM = tagOf(3, 2);
const EXEMPLAR = tagOf(4, 2);
const METADATA = tagOf(5, 2);
const TYPE = tagOf(1, 0);
const HELP_REF = tagOf(3, 0);
const UNIT_REF = tagOf(4, 0);

interface Symbol {
  /** The same for the same text in every request, and never used for another. */
  readonly id: number;
  readonly text: string;
}

const MAX_LABEL_REFS = 2_000;
/** Senders put a few thousand samples into a request; each symbol costs time on the thread that serves everybody. */
const MAX_SYMBOLS = 500_000;

/** What is kept from one request to the next: texts by their bytes, label sets by the numbers of their texts. */
export class SymbolMemory {
  readonly #symbols = new ByteTable<Symbol>({ maxEntries: 500_000, maxBytes: 64 << 20 });
  readonly #ids = new Int32Array(MAX_LABEL_REFS);
  readonly #key: { bytes: Uint8Array; view: DataView; start: number; end: number };
  #nextId = 0;

  constructor() {
    const bytes = new Uint8Array(this.#ids.buffer);
    this.#key = { bytes, view: new DataView(this.#ids.buffer), start: 0, end: 0 };
  }

  symbol(cursor: ProtoCursor, end: number): Symbol {
    cursor.start = cursor.at;
    cursor.end = end;
    const found = this.#symbols.resolve(cursor, () => {
      this.#nextId += 1;
      return { id: this.#nextId, text: cursor.text(end) };
    });
    cursor.at = end;
    return found;
  }

  /** The series whose labels are these symbols, name and value by turns. */
  series(refs: readonly number[], symbols: readonly Symbol[], known: SeriesMemory): SeriesLabels {
    for (let i = 0; i < refs.length; i += 1) {
      const symbol = symbols[refs[i] ?? 0];
      if (symbol === undefined) {
        return unknownSymbol(refs[i], symbols);
      }
      this.#ids[i] = symbol.id;
    }
    this.#key.end = refs.length * Int32Array.BYTES_PER_ELEMENT;
    return known.resolve(this.#key, () => pairsOf(refs, symbols));
  }
}

function pairsOf(refs: readonly number[], symbols: readonly Symbol[]): readonly LabelPair[] {
  const pairs: LabelPair[] = [];
  for (let i = 0; i + 1 < refs.length; i += 2) {
    pairs.push([symbols[refs[i] ?? 0]?.text ?? '', symbols[refs[i + 1] ?? 0]?.text ?? '']);
  }
  return pairs;
}

function unknownSymbol(ref: number | undefined, symbols: readonly Symbol[]): string {
  return `symbol ${ref} is used; there are ${symbols.length}`;
}

export interface Memory2 {
  readonly symbols: SymbolMemory;
  readonly series: SeriesMemory;
}

/** Decodes an `io.prometheus.write.v2.Request`. */
export function decodeWrite2(cursor: ProtoCursor, columns: WriteColumns, memory: Memory2): void {
  const context = { ...memory, table: readSymbols(cursor, memory.symbols), refs: [] };
  cursor.at = 0;
  while (cursor.at < cursor.length) {
    const tag = cursor.tag();
    if (tag === TIME_SERIES) {
      decodeSeries(cursor, columns, context);
    } else {
      cursor.skip(tag, cursor.length);
    }
  }
  cursor.assertAt(cursor.length);
}

function readSymbols(cursor: ProtoCursor, memory: SymbolMemory): readonly Symbol[] {
  const symbols: Symbol[] = [];
  while (cursor.at < cursor.length) {
    const tag = cursor.tag();
    if (tag === SYMBOL) {
      if (symbols.length === MAX_SYMBOLS) {
        throw new InvalidWriteRequestError(`a request has at most ${MAX_SYMBOLS} symbols; send smaller batches`);
      }
      symbols.push(memory.symbol(cursor, cursor.messageEnd(cursor.length)));
    } else {
      cursor.skip(tag, cursor.length);
    }
  }
  // By 0 senders say that there is no text, of metadata for example.
  if (symbols[0] !== undefined && symbols[0].text !== '') {
    const shown = JSON.stringify(symbols[0].text.slice(0, 50));
    throw new InvalidWriteRequestError(`the first symbol must be the empty string, not ${shown} (remote write 2.0)`);
  }
  return symbols;
}

interface SeriesContext extends Memory2 {
  readonly table: readonly Symbol[];
  /** Reused from series to series. */
  readonly refs: number[];
}

function decodeSeries(cursor: ProtoCursor, columns: WriteColumns, context: SeriesContext): void {
  const end = cursor.messageEnd(cursor.length);
  const { refs } = context;
  refs.length = 0;
  let histograms = 0;
  let metadata: MetricMetadata | string | undefined;
  const before = columns.timestamps.length + columns.exemplars;
  while (cursor.at < end) {
    const tag = cursor.tag();
    switch (tag) {
      case LABEL_REFS:
        readRefs(cursor, refs, cursor.messageEnd(end));
        break;
      case LABEL_REF:
        refs.push(cursor.unsigned());
        break;
      case SAMPLE:
        decodeSample(cursor, columns, end);
        break;
      case METADATA:
        metadata = decodeMetadata(cursor, end, context.table);
        break;
      default:
        columns.exemplars += Number(tag === EXEMPLAR);
        histograms += Number(tag === HISTOGRAM);
        cursor.skip(tag, end);
    }
  }
  cursor.assertAt(end);
  const series = typeof metadata === 'string' ? metadata : resolve(context);
  if (columns.timestamps.length + columns.exemplars === before && histograms === 0) {
    columns.refuse('a series has neither a sample nor a histogram');
  }
  columns.endSeries(series, histograms);
  if (typeof metadata === 'object' && series !== null && typeof series !== 'string') {
    state(columns, series.metricName, metadata);
  }
}

function readRefs(cursor: ProtoCursor, refs: number[], end: number): void {
  while (cursor.at < end) {
    refs.push(cursor.unsigned());
  }
  cursor.assertAt(end);
}

function resolve({ refs, table, symbols, series }: SeriesContext): SeriesLabels {
  if (refs.length % 2 !== 0 || refs.length > MAX_LABEL_REFS) {
    return `a series has ${refs.length} label references; an even number up to ${MAX_LABEL_REFS} is wanted`;
  }
  return symbols.series(refs, table, series);
}

/** A text says what is wrong with it. */
function decodeMetadata(cursor: ProtoCursor, outerEnd: number, table: readonly Symbol[]): MetricMetadata | string {
  const end = cursor.messageEnd(outerEnd);
  let type: MetricMetadata['type'] = 'unknown';
  let help = 0;
  let unit = 0;
  while (cursor.at < end) {
    const tag = cursor.tag();
    if (tag === TYPE) {
      type = metricType(cursor.unsigned());
    } else if (tag === HELP_REF) {
      help = cursor.unsigned();
    } else if (tag === UNIT_REF) {
      unit = cursor.unsigned();
    } else {
      cursor.skip(tag, end);
    }
  }
  cursor.assertAt(end);
  const missing = [help, unit].find((ref) => ref !== 0 && table[ref] === undefined);
  return missing === undefined
    ? { type, help: table[help]?.text ?? '', unit: table[unit]?.text ?? '' }
    : unknownSymbol(missing, table);
}

const PARTS: Partial<Record<MetricMetadata['type'], RegExp>> = {
  histogram: /_(?:bucket|count|sum)$/,
  summary: /_(?:count|sum)$/,
};

/** Here metadata belongs to each series; elsewhere to the family, without the suffixes of histograms and summaries. */
function state(columns: WriteColumns, metricName: string, metadata: MetricMetadata): void {
  const isSaid = metadata.type !== 'unknown' || metadata.help !== '' || metadata.unit !== '';
  const part = PARTS[metadata.type];
  const family = part === undefined ? metricName : metricName.replace(part, '');
  if (isSaid && family !== '') {
    columns.metadata[family] = metadata;
  }
}
