import fc from 'fast-check';
import { PbfWriter } from 'pbf';
import { uncompress } from 'snappyjs';
import { describe, expect, it } from 'vitest';
import { Labels } from '../labels.ts';
import { STALE } from '../sample.ts';
import type { MetricMetadata, SampleRows } from '../series-store.ts';
import { InvalidWriteRequestError } from './decoded-write.ts';
import { compressBlock, InvalidSnappyError, uncompressBlock } from './snappy-block.ts';
import { WriteDecoder } from './write-decoder.ts';
import { encodeWrite } from './write-encoder.ts';

const MAX = 1 << 20;
const UP = Labels.from({ __name__: 'up', job: 'a' });
const DOWN = Labels.from({ __name__: 'down', job: 'a' });

function rowsOf(...rows: readonly (readonly [Labels, number, number])[]): SampleRows {
  return {
    labels: rows.map(([labels]) => labels),
    timestamps: rows.map(([, at]) => at),
    values: rows.map(([, , value]) => value),
  };
}

describe('snappy blocks', () => {
  it('give back what was compressed, as snappyjs reads them', () => {
    const texts = fc.array(fc.oneof(fc.string(), fc.constantFrom('http_requests_total', 'job', 'aaaaaaaaaaaaaaaa'.repeat(9))), {
      maxLength: 200,
    });
    fc.assert(
      fc.property(texts, (parts) => {
        const bytes = new TextEncoder().encode(parts.join('\n'));
        const block = compressBlock(bytes);
        expect(uncompressBlock(block, MAX)).toEqual(bytes);
        expect(uncompress(block)).toEqual(bytes);
      }),
    );
  });

  it.for([
    { why: 'the empty block', block: [0], text: '' },
    { why: 'a literal', block: [3, 0b1000, 97, 98, 99], text: 'abc' },
    { why: 'a copy with one byte of offset, repeating a pattern', block: [6, 0b100, 97, 98, 0b0000_0001, 2], text: 'ababab' },
    { why: 'a copy with two bytes of offset', block: [5, 0b100, 97, 98, 0b1010, 2, 0], text: 'ababa' },
    { why: 'a copy with four bytes of offset', block: [5, 0b100, 97, 98, 0b1011, 2, 0, 0, 0], text: 'ababa' },
    { why: 'a literal whose length is in two more bytes', block: [1, 0b1111_0100, 0, 0, 97], text: 'a' },
  ])('hold $why', ({ block, text }) => {
    expect(new TextDecoder().decode(uncompressBlock(Uint8Array.from(block), MAX))).toBe(text);
  });

  it.for([
    { why: 'nothing', block: [] },
    { why: 'a length that does not end', block: [255, 255, 255, 255, 255, 255] },
    { why: 'a length above the limit', block: [0xff, 0xff, 0xff, 0xff, 0x0f] },
    { why: 'fewer bytes than stated', block: [4, 0b1000, 97, 98, 99] },
    { why: 'more bytes than stated', block: [2, 0b1000, 97, 98, 99] },
    { why: 'a literal that reaches beyond the end', block: [9, 0b1000, 97] },
    { why: 'a literal of 2^32 bytes (snappyjs: of -1, for ever)', block: [9, 0b1111_1100, 255, 255, 255, 255, 97] },
    { why: 'a copy from before the start', block: [9, 0b1000, 97, 98, 99, 0b0000_0001, 4] },
    { why: 'a copy from nowhere', block: [9, 0b1000, 97, 98, 99, 0b0000_0001, 0] },
    { why: 'a copy cut off', block: [9, 0b1000, 97, 98, 99, 0b0000_0010, 1] },
    { why: 'a copy beyond the stated length', block: [4, 0b1000, 97, 98, 99, 0b0000_0001, 1] },
  ])('are refused with $why', ({ block }) => {
    expect(() => uncompressBlock(Uint8Array.from(block), MAX)).toThrow(InvalidSnappyError);
  });

  it('of any bytes either uncompress or are refused', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (block) => {
        expectOnly(InvalidSnappyError, () => uncompressBlock(block, MAX));
      }),
      { numRuns: 2000 },
    );
  });
});

describe.for(['1.0', '2.0'] as const)('remote write %s', (version) => {
  const decode = (bytes: Uint8Array) => new WriteDecoder().decode(bytes, version);

  it('brings samples, markers and metadata there', () => {
    const metadata = new Map<string, MetricMetadata>([['up', { type: 'gauge', help: 'is it', unit: 'ratio' }]]);
    const rows = rowsOf([UP, 2000, 2.5], [DOWN, 1000, STALE], [UP, 1000, Number.NaN], [UP, 3000, -0]);
    const decoded = decode(encodeWrite({ rows, metadata }, version));
    expect(decoded.labels.map(String)).toEqual([UP, UP, UP, DOWN].map(String));
    expect(decoded.timestamps).toEqual([1000, 2000, 3000, 1000]);
    expect(decoded.values).toEqual([Number.NaN, 2.5, -0, STALE]);
    expect({ ...decoded.metadata }).toEqual({ up: { type: 'gauge', help: 'is it', unit: 'ratio' } });
    expect(decoded.problems).toEqual([]);
  });

  it('gives the same object for the same series of another request', () => {
    const decoder = new WriteDecoder();
    const [first] = decoder.decode(encodeWrite({ rows: rowsOf([UP, 1, 1], [DOWN, 1, 1]) }, version), version).labels;
    const [, second] = decoder.decode(encodeWrite({ rows: rowsOf([DOWN, 2, 1], [UP, 2, 1]) }, version), version).labels;
    expect(second).toBe(first);
  });

  it('names each series once, and leaves out those that are not wanted', () => {
    let asked = 0;
    const decoder = new WriteDecoder((labels) => {
      asked += 1;
      return labels.__name__ === 'down' ? null : Labels.from({ ...labels, service: 's' });
    });
    const bytes = encodeWrite({ rows: rowsOf([UP, 1, 1], [DOWN, 1, 1]) }, version);
    decoder.decode(bytes, version);
    const decoded = decoder.decode(bytes, version);
    expect(decoded.labels.map(String)).toEqual([String(UP.with({ service: 's' }))]);
    expect(decoded).toMatchObject({
      values: [1],
      timestamps: [1],
      refusedSamples: 0,
      problems: [],
    });
    expect(asked).toBe(2);
  });

  it('brings any labels and numbers there', () => {
    const text = fc.string({ unit: 'binary', minLength: 1, maxLength: 20 }).filter((value) => value.isWellFormed());
    const name = fc.oneof(text, fc.constantFrom('__proto__', 'constructor', '1', '🙂'));
    const row = fc.record({ labels: fc.dictionary(name, text), at: fc.maxSafeInteger(), value: fc.double() });
    fc.assert(
      fc.property(fc.uniqueArray(row, { selector: ({ labels }) => Labels.from(labels).key, maxLength: 20 }), (wanted) => {
        const rows = rowsOf(...wanted.map(({ labels, at, value }) => [Labels.from(labels), at, value] as const));
        const decoded = decode(encodeWrite({ rows }, version));
        expect(decoded.labels.map(({ key }) => key)).toEqual(rows.labels.map(({ key }) => key));
        expect(decoded.timestamps).toEqual(rows.timestamps);
        expect(decoded.values).toEqual(rows.values);
      }),
    );
  });

  it('of any bytes is decoded or refused', () => {
    const valid = encodeWrite({ rows: rowsOf([UP, 1000, 1], [DOWN, 1000, 2]) }, version);
    const damaged = fc
      .array(fc.tuple(fc.nat(valid.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 })
      .map((changes) => changes.reduce((bytes, [at, byte]) => bytes.with(at, byte), valid));
    const cut = fc.nat(valid.length).map((length) => valid.slice(0, length));
    fc.assert(
      fc.property(fc.oneof(damaged, cut, fc.uint8Array({ maxLength: 80 })), (bytes) => {
        expectOnly(InvalidWriteRequestError, () => {
          const { labels, timestamps, values } = decode(bytes);
          expect([labels.length, values.length]).toEqual([timestamps.length, timestamps.length]);
        });
      }),
      { numRuns: 3000 },
    );
  });

  it('refuses a series with a label twice by name, and keeps the others', () => {
    const decoded = decode(
      withSeries(
        version,
        [
          ['__name__', 'bad'],
          ['a', '1'],
          ['a', '2'],
        ],
        { samples: 2 },
      ),
    );
    expect(decoded).toMatchObject({
      refusedSamples: 2,
      problems: [expect.stringContaining('series "bad" has the label "a" twice')],
    });
    expect(decoded.labels.map(String)).toEqual([String(UP)]);
  });

  it('counts native histograms and exemplars, names the first, and keeps the floats of the same series', () => {
    const decoded = decode(withSeries(version, [['__name__', 'latency']], { samples: 1, histograms: 2, exemplars: 3 }));
    expect(decoded).toMatchObject({
      histograms: 2,
      exemplars: 3,
      refusedSamples: 0,
      problems: ['native histograms are not stored: series "latency" first'],
    });
    expect(decoded.labels.map(String)).toEqual([String(UP), 'latency']);
  });
});

describe('remote write', () => {
  it('1.0: labels after samples are found', () => {
    const writer = new PbfWriter();
    writer.writeMessage(
      1,
      (_none, message) => {
        message.writeMessage(1, writePair, ['b', '2']);
        message.writeMessage(2, (_sample, sample) => sample.writeVarintField(2, 5), null);
        message.writeMessage(1, writePair, ['a', '1']);
      },
      null,
    );
    const decoded = new WriteDecoder().decode(writer.finish(), '1.0');
    expect(decoded.labels.map(String)).toEqual(['{a="1", b="2"}']);
    expect(decoded).toMatchObject({
      timestamps: [5],
      values: [0],
    });
  });

  it("2.0: metadata of a histogram's series is that of its family", () => {
    const bucket = Labels.from({ __name__: 'h_bucket', le: '1' });
    const metadata = new Map<string, MetricMetadata>([['h', { type: 'histogram', help: 'how long', unit: '' }]]);
    const decoded = new WriteDecoder().decode(encodeWrite({ rows: rowsOf([bucket, 1, 1]), metadata }, '2.0'), '2.0');
    expect({ ...decoded.metadata }).toEqual({ h: { type: 'histogram', help: 'how long', unit: '' } });
  });

  it.for([
    { refs: [7, 8], why: 'symbol 7 is used; there are 3', refused: 1 },
    { refs: [1, 2, 1], why: 'a series has 3 label references', refused: 1 },
    { refs: [1, 2], help: 9, why: 'symbol 9 is used; there are 3', refused: 1 },
    { refs: [1, 2], samples: 0, why: 'a series has neither a sample nor a histogram', refused: 1 },
    { refs: [1, 2], samples: 0, exemplars: 1, refused: 0 },
  ])(
    '2.0: of a request only the series is refused that is wrong: $why',
    ({ refs, samples = 1, exemplars = 0, help, why, refused }) => {
      const writer = new PbfWriter();
      for (const symbol of ['', '__name__', 'up']) {
        writer.writeStringField(4, symbol);
      }
      const series = (labels: number[], count: number): void =>
        writer.writeMessage(
          5,
          (_none, message) => {
            message.writePackedVarint(1, labels);
            for (let i = 0; i < count; i += 1) {
              message.writeMessage(2, (_sample, sample) => sample.writeVarintField(2, 5), null);
            }
            for (let i = 0; i < exemplars; i += 1) {
              message.writeMessage(4, (_exemplar, exemplar) => exemplar.writeVarintField(3, 5), null);
            }
            if (help !== undefined && labels === refs) {
              message.writeMessage(5, (_metadata, metadata) => metadata.writeVarintField(3, help), null);
            }
          },
          null,
        );
      series(refs, samples);
      series([1, 2], 1);
      const decoded = new WriteDecoder().decode(writer.finish(), '2.0');
      expect(decoded).toMatchObject({
        refusedSamples: refused,
        problems: why === undefined ? [] : [expect.stringContaining(why)],
        timestamps: [5],
      });
      expect(decoded.labels.map(String)).toEqual(['up']);
    },
  );

  it.for([
    { symbols: ['__name__', 'up'], series: true },
    { symbols: ['x'], series: false },
  ])('2.0: a request whose first symbol is not empty is refused: $symbols', ({ symbols, series }) => {
    const writer = new PbfWriter();
    for (const symbol of symbols) {
      writer.writeStringField(4, symbol);
    }
    if (series) {
      writer.writeMessage(5, (_none, message) => message.writePackedVarint(1, [0, 1]), null);
    }
    const decode = () => new WriteDecoder().decode(writer.finish(), '2.0');
    expect(decode).toThrow(`the first symbol must be the empty string, not "${symbols[0]}"`);
  });

  it('2.0: no more symbols are taken than any sender has', () => {
    const emptySymbols = Buffer.alloc(2 * 500_001);
    for (let i = 0; i < emptySymbols.length; i += 2) {
      emptySymbols[i] = 0b0010_0010;
    }
    expect(() => new WriteDecoder().decode(emptySymbols, '2.0')).toThrow('at most 500000 symbols');
  });

  it.for(['1.0', '2.0'] as const)('%s: zeros are no message', (version) => {
    expect(() => new WriteDecoder().decode(new Uint8Array(8), version)).toThrow('there is no field 0');
  });
});

function expectOnly(type: abstract new (...parameters: never[]) => Error, run: () => unknown): void {
  try {
    run();
  } catch (error) {
    expect(error).toBeInstanceOf(type);
  }
}

function writePair([name, value]: readonly [string, string], message: PbfWriter): void {
  message.writeStringField(1, name);
  message.writeStringField(2, value);
}

/** A request with `up`, and with one series of these labels. */
function withSeries(
  version: '1.0' | '2.0',
  labels: readonly (readonly [string, string])[],
  counts: { readonly samples: number; readonly histograms?: number; readonly exemplars?: number },
): Uint8Array {
  const texts = ['', ...labels.flat()];
  const writer = new PbfWriter();
  const up = encodeWrite({ rows: rowsOf([UP, 1, 1]) }, '1.0');
  const fields = version === '1.0' ? { series: 1, histogram: 4, exemplar: 3 } : { series: 5, histogram: 3, exemplar: 4 };
  if (version === '2.0') {
    for (const text of [...texts, '__name__', 'up', 'job', 'a']) {
      writer.writeStringField(4, text);
    }
    const refs = [1, 2, 3, 4].map((ref) => ref + texts.length - 1);
    writer.writeMessage(
      5,
      (_none, message) => {
        message.writePackedVarint(1, refs);
        message.writeMessage(2, (_sample, sample) => sample.writeVarintField(2, 1), null);
      },
      null,
    );
  }
  writer.writeMessage(
    fields.series,
    (_none, message) => {
      if (version === '2.0') {
        message.writePackedVarint(
          1,
          labels.flatMap((_pair, i) => [2 * i + 1, 2 * i + 2]),
        );
      }
      for (const pair of version === '1.0' ? labels : []) {
        message.writeMessage(1, writePair, pair);
      }
      for (let i = 0; i < counts.samples; i += 1) {
        message.writeMessage(2, (_sample, sample) => sample.writeVarintField(2, i), null);
      }
      for (let i = 0; i < (counts.histograms ?? 0); i += 1) {
        message.writeMessage(fields.histogram, (_histogram, histogram) => histogram.writeVarintField(1, i), null);
      }
      for (let i = 0; i < (counts.exemplars ?? 0); i += 1) {
        message.writeMessage(fields.exemplar, (_exemplar, exemplar) => exemplar.writeVarintField(3, i), null);
      }
    },
    null,
  );
  const own = writer.finish();
  return version === '1.0' ? Uint8Array.from([...up, ...own]) : own;
}
