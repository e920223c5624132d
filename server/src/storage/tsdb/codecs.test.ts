import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { STALE } from '../../model/sample.ts';
import { Slab } from '../../model/values-view.ts';
import { Block, encodeBlock } from './block-codec.ts';
import { ByteReader, ByteWriter } from './bytes.ts';
import { writeNumbers } from './number-column.ts';
import { NumberDecoder } from './number-decoder.ts';
import { decodeWalRows, encodeWalRows } from './wal-codec.ts';

function written(values: Float64Array): Uint8Array {
  const writer = new ByteWriter();
  writeNumbers(writer, values);
  return writer.written();
}

const column = fc.array(
  fc.oneof(
    fc.double(),
    fc.integer(),
    fc.constantFrom(STALE, -0, 0, 2 ** 51, -(2 ** 51), 2 ** 53, 0.1, 0.000_001, 1e-7, 123_456_789.123_456),
    fc.integer().map((value) => value / 1000),
  ),
  { minLength: 1, maxLength: 40 },
);

/** Rising in steps of every size, so that all widths of differences and both their orders occur. */
const steady = fc
  .record({
    start: fc.integer(),
    size: fc.integer({ min: 0, max: 45 }),
    steps: fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 40 }),
    isSteady: fc.boolean(),
  })
  .map(({ start, size, steps, isSteady }) => {
    let value = start;
    return [
      start,
      ...steps.map((step) => (value += Math.floor(step * (isSteady ? 100 : 2 ** size)) + (isSteady ? 2 ** size : 0))),
    ];
  });

describe('ByteWriter', () => {
  it('keeps everything when it grows, whichever write makes it grow', () => {
    for (let offset = 16 * 1024 - 20; offset <= 16 * 1024; offset += 1) {
      const writer = new ByteWriter();
      writer.claim(offset);
      writer.uint8(7);
      writer.float64(0.1);
      writer.uint32(70_000);
      writer.claim(3).fill(9);
      const reader = new ByteReader(writer.written(), offset);
      expect([reader.uint8(), reader.float64(), reader.uint32(), ...reader.bytes(3)]).toEqual([7, 0.1, 70_000, 9, 9, 9]);
      expect(() => reader.uint8()).toThrow(RangeError);
    }
  });
});

describe('number columns', () => {
  it('come back bit by bit', () => {
    fc.assert(
      fc.property(column, (values) => {
        const numbers = Float64Array.from(values);
        expect([...new NumberDecoder(written(numbers)).column(0, numbers.length)]).toEqual([...numbers]);
      }),
      { numRuns: 2_000 },
    );
  });

  it('come back in part, to any place', () => {
    const part = fc.record({ values: fc.oneof(column, steady), at: fc.nat(3), from: fc.nat(45), length: fc.nat(45) });
    fc.assert(
      fc.property(part, ({ values, at, from, length }) => {
        const numbers = Float64Array.from(values);
        const [start, end] = [Math.min(from, numbers.length), Math.min(from + length, numbers.length)];
        const slab = new Slab(numbers.length + 4);
        const expected = slab.values.slice();
        expected.set(numbers.subarray(start, end), at);
        new NumberDecoder(written(numbers)).decode({ offset: 0, count: numbers.length, from: start, to: end }, slab, at);
        expect([...slab.values]).toEqual([...expected]);
      }),
      { numRuns: 2_000 },
    );
  });

  it.for([
    { values: [7, 7, 7, 7], bytes: 9, why: 'a constant is one value' },
    { values: [1000, 1011, 1004, 1014], bytes: 11 + 3, why: 'small steps of whole numbers take a byte each' },
    { values: [0.25, 0.51, 0.44, 0.5], bytes: 11 + 3, why: 'so do steps of decimals' },
    { values: [1_700_000_000_000, 1_700_000_015_000, 1_700_000_029_999], bytes: 19 + 1, why: 'timestamps take their jitter' },
    {
      values: [1_700_000_000_000, 1_700_000_015_000, 1_700_000_030_000, 1_700_000_045_000],
      bytes: 19 + 8,
      why: 'timestamps without jitter take nothing but the first step',
    },
    { values: [4096, 12_288, 8192, 40_960, 0], bytes: 19 + 4, why: 'steps are divided by what they have in common' },
    { values: [1, 1001, 2002, 3003, 4003, 5004], bytes: 19 + 4, why: 'a steady counter takes the changes of its steps' },
    { values: [1 / 3, 2 / 3], bytes: 1 + 16, why: 'other doubles keep all their bits' },
  ])('$why', ({ values, bytes }) => {
    expect(written(Float64Array.from(values)).length).toBe(bytes);
  });
});

describe('blocks', () => {
  const times = Float64Array.of(1000, 2000, 3000);

  it('give each series its rows back, and nothing for a stranger', () => {
    const block = new Block(
      encodeBlock([
        { ref: 3, column: { timestamps: times, values: Float64Array.of(1, 2, 3) } },
        { ref: 9, column: { timestamps: Float64Array.of(1500), values: Float64Array.of(Number.NaN) } },
      ]),
    );
    expect([...block.refs]).toEqual([3, 9]);
    expect(block.column(3)).toEqual({ timestamps: times, values: Float64Array.of(1, 2, 3) });
    expect(block.column(9)).toEqual({ timestamps: Float64Array.of(1500), values: Float64Array.of(Number.NaN) });
    expect(block.column(4)).toBeUndefined();
  });

  it('store a time column that series share once', () => {
    const noise = () => Float64Array.from({ length: 120 }, (_, i) => i * 15_000 + Math.floor(Math.random() * 900));
    const shared = noise();
    const blockOf = (timesOf: () => Float64Array) =>
      encodeBlock(
        Array.from({ length: 50 }, (_, ref) => ({ ref, column: { timestamps: timesOf(), values: new Float64Array(120) } })),
      );
    expect(blockOf(() => shared.slice()).length * 10).toBeLessThan(blockOf(noise).length);
  });

  it('are refused when any byte has changed', () => {
    const blob = encodeBlock([{ ref: 1, column: { timestamps: times, values: Float64Array.of(0.1, 22 / 7, 3) } }]);
    for (const at of blob.keys()) {
      const damaged = Uint8Array.from(blob);
      damaged[at] = (damaged[at] ?? 0) ^ 0x01;
      expect(() => new Block(damaged).column(1), `byte ${at}`).toThrow();
    }
  });
});

describe('WAL rows', () => {
  it.for([
    { timestamps: [5, 5, 5], why: 'one time for all' },
    { timestamps: [5, 6, 4], why: 'a time each' },
    { timestamps: [5], why: 'a single row' },
  ])('come back: $why', ({ timestamps }) => {
    const rows = {
      refs: Uint32Array.from(timestamps, (_, i) => i + 1),
      timestamps: Float64Array.from(timestamps),
      values: Float64Array.from(timestamps, (_, i) => (i === 1 ? STALE : i / 3)),
    };
    expect(decodeWalRows(encodeWalRows(rows))).toEqual(rows);
  });
});
