// Bytes a sample and decoding speed of the block codec, against Prometheus' XOR chunks, on the same samples: pages of the node_exporter
// of this machine, other pages (TILA_BENCH_PAGES=FOLDER of <milliseconds>.txt, for example of cAdvisor), and the demo estate.
// With TILA_BENCH_NODE_PAGES=FOLDER recorded node_exporter pages are taken instead of two minutes of scraping.
import { zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { Block, type BlockSeries, encodeBlock } from '../src/storage/tsdb/block-codec.ts';
import type { Column } from '../src/storage/tsdb/memory-series.ts';
import { type DataSet, dataOfDemoEstate, dataOfPages, pagesIn, scrapeNodeExporter } from './codecs/data.ts';
import { decodeChunk, encodeChunks } from './codecs/gorilla.ts';

const BENCH = 'codecs';
const PEER = 'XOR chunks of 120';
const ROWS_PER_BLOCK = 16_000;
const ROUNDS = 5;

interface Codec {
  readonly name: string;
  readonly encode: (series: readonly BlockSeries[]) => readonly Uint8Array[];
  readonly decode: (blob: Uint8Array) => readonly Column[];
}

const BLOCKS: Codec = {
  name: 'blocks',
  encode: (series) => [encodeBlock(series)],
  decode: (blob) => columnsOf(blob),
};

const CODECS: readonly Codec[] = [
  BLOCKS,
  {
    name: 'blocks of one series, no shared times',
    encode: (series) => series.map((one) => encodeBlock([one])),
    decode: (blob) => columnsOf(blob),
  },
  {
    name: PEER,
    encode: (series) => series.flatMap(({ column }) => encodeChunks(column)),
    decode: (blob) => [decodeChunk(blob)],
  },
  {
    name: `${PEER} and zstd`,
    encode: (series) => series.flatMap(({ column }) => encodeChunks(column)).map((chunk) => zstdCompressSync(chunk)),
    decode: (blob) => [decodeChunk(zstdDecompressSync(blob))],
  },
];

function columnsOf(blob: Uint8Array): readonly Column[] {
  const block = new Block(blob);
  return [...block.refs].map((ref) => block.column(ref) ?? { timestamps: new Float64Array(), values: new Float64Array() });
}

/** The series of a data set in groups as the store would block them: one metric, bounded rows, bounded time. */
function blocksOf(data: DataSet, spanMs: number): readonly (readonly BlockSeries[])[] {
  const groups: BlockSeries[][] = [];
  for (const series of data.values()) {
    const ranges = new Map<number, BlockSeries[]>();
    for (const [ref, { timestamps, values }] of series.entries()) {
      for (const [range, rows] of Object.entries(
        Object.groupBy(timestamps.keys(), (row) => Math.floor((timestamps[row] ?? 0) / spanMs)),
      )) {
        const column = {
          timestamps: Float64Array.from(rows ?? [], (row) => timestamps[row] ?? 0),
          values: Float64Array.from(rows ?? [], (row) => values[row] ?? 0),
        };
        ranges.set(Number(range), [...(ranges.get(Number(range)) ?? []), { ref, column }]);
      }
    }
    groups.push(...[...ranges.values()].flatMap(bounded));
  }
  return groups;
}

function bounded(series: readonly BlockSeries[]): BlockSeries[][] {
  const groups: BlockSeries[][] = [];
  let rows = ROWS_PER_BLOCK;
  for (const one of series) {
    if (rows >= ROWS_PER_BLOCK) {
      groups.push([]);
      rows = 0;
    }
    groups.at(-1)?.push(one);
    rows += one.column.values.length;
  }
  return groups;
}

interface Measured {
  readonly bytesPerSample: number;
  readonly decodedPerSecond: number;
  readonly encodedPerSecond: number;
}

function measure(codec: Codec, groups: readonly (readonly BlockSeries[])[]): Measured {
  const samples = groups.flat().reduce((sum, { column }) => sum + column.values.length, 0);
  const startedAt = performance.now();
  const blobs = groups.flatMap(codec.encode);
  const encodeSeconds = (performance.now() - startedAt) / 1000;
  assertSame(codec, groups, blobs);
  const times = Array.from({ length: ROUNDS }, () => {
    const from = performance.now();
    for (const blob of blobs) {
      codec.decode(blob);
    }
    return (performance.now() - from) / 1000;
  });
  const seconds = times.sort((a, b) => a - b)[ROUNDS >> 1] ?? 0;
  return {
    bytesPerSample: blobs.reduce((sum, { length }) => sum + length, 0) / samples,
    decodedPerSecond: samples / seconds,
    encodedPerSecond: samples / encodeSeconds,
  };
}

/** A codec that loses something has no figures. */
function assertSame(codec: Codec, groups: readonly (readonly BlockSeries[])[], blobs: readonly Uint8Array[]): void {
  const checksum = (numbers: Iterable<Float64Array>) => {
    let sum = 0;
    for (const column of numbers) {
      for (const number of column) {
        sum = (sum * 31 + (Number.isNaN(number) ? 7 : number % 1e9)) % 1e9;
      }
    }
    return sum;
  };
  const want = checksum(groups.flat().map(({ column }) => column.values));
  const got = checksum(blobs.flatMap(codec.decode).map(({ values }) => values));
  if (want !== got) {
    throw new Error(`${codec.name} does not give back what it was given`);
  }
}

function print(figure: string, unit: string, results: ReadonlyMap<string, number>): void {
  const peerValue = results.get(PEER) ?? 0;
  for (const [codec, value] of results) {
    const against = codec === PEER ? {} : { peer: PEER, peerValue: rounded(peerValue), ratio: rounded(value / peerValue) };
    process.stdout.write(
      `${JSON.stringify({ bench: BENCH, figure: `${figure}, ${codec}`, value: rounded(value), unit, ...against })}\n`,
    );
  }
}

function rounded(value: number): number {
  return value > 1000 ? Math.round(value) : Math.round(value * 1000) / 1000;
}

function compare(name: string, data: DataSet): void {
  for (const [span, spanMs] of [
    ['15 min', 900_000],
    ['2 h', 7_200_000],
  ] as const) {
    const groups = blocksOf(data, spanMs);
    const measured = new Map(CODECS.map((codec) => [codec.name, measure(codec, groups)]));
    const pick = (field: keyof Measured) => new Map([...measured].map(([codec, figures]) => [codec, figures[field]]));
    print(`${name}, blocks of ${span}`, 'B/sample', pick('bytesPerSample'));
    print(`${name}, blocks of ${span}, decoding`, 'samples/s', pick('decodedPerSecond'));
    print(`${name}, blocks of ${span}, encoding`, 'samples/s', pick('encodedPerSecond'));
  }
}

const { TILA_BENCH_NODE_PAGES: nodePages, TILA_BENCH_PAGES: otherPages } = process.env;
const node = nodePages === undefined ? await scrapeNodeExporter(120, 1000) : pagesIn(nodePages);
if (node === undefined) {
  process.stderr.write('codecs: prometheus-node-exporter is not installed; no figures of its pages\n');
} else {
  compare('node_exporter', dataOfPages(node));
}
if (otherPages === undefined) {
  process.stderr.write('codecs: no other pages (TILA_BENCH_PAGES); no figures of cAdvisor\n');
} else {
  compare('other pages', dataOfPages(pagesIn(otherPages)));
}
compare('demo estate', dataOfDemoEstate(2));
