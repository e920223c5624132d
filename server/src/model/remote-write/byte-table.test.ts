import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ByteRange, ByteTable } from './byte-table.ts';

const LIMITS = { maxEntries: 100_000, maxBytes: 10 << 20 };

function keyOf(text: string, before = ''): ByteRange {
  const bytes = new TextEncoder().encode(`${before}${text}tail`);
  const start = new TextEncoder().encode(before).length;
  return { bytes, view: new DataView(bytes.buffer), start, end: bytes.length - 4 };
}

/** Looks up and says whether the value was made. */
function isMade(table: ByteTable<object>, text: string): boolean {
  let made = false;
  table.resolve(keyOf(text), () => {
    made = true;
    return {};
  });
  return made;
}

describe('a table of bytes', () => {
  it('gives for equal bytes, wherever they lie, the value made first, and for other bytes another', () => {
    const texts = fc.array(fc.string({ maxLength: 12 }), { maxLength: 400 });
    fc.assert(
      fc.property(texts, fc.string({ maxLength: 3 }), (asked, before) => {
        const table = new ByteTable<string>(LIMITS);
        for (const text of asked) {
          table.resolve(keyOf(text), () => text);
          expect(table.resolve(keyOf(text, before), () => 'made again')).toBe(text);
        }
        expect(table.size).toBe(new Set(asked).size);
      }),
    );
  });

  it('keeps what is looked up all the time and forgets the rest, whichever it is', () => {
    const table = new ByteTable<object>(LIMITS);
    const all = Array.from({ length: 20_000 }, (_, i) => `series ${i} ${'x'.repeat(i % 97)}`);
    const asked = all.filter((_, i) => i % 3 === 1);
    for (const text of all) {
      isMade(table, text);
    }
    for (let round = 0; round < 45; round += 1) {
      expect(asked.filter((text) => isMade(table, text))).toEqual([]);
    }
    expect(table.size).toBe(asked.length);
    expect(all.filter((text) => isMade(table, text))).toHaveLength(all.length - asked.length);
    expect(all.filter((text) => isMade(table, text))).toEqual([]);
  });

  it.for([
    { why: 'entries', limits: { maxEntries: 50, maxBytes: 1 << 20 }, most: 50 },
    { why: 'bytes', limits: { maxEntries: 1000, maxBytes: 300 }, most: 150 },
  ])('never holds more $why than it may', ({ limits, most }) => {
    const table = new ByteTable<object>(limits);
    for (let i = 0; i < 2_000; i += 1) {
      isMade(table, `k${i}`);
      expect(table.size).toBeLessThanOrEqual(most);
      expect(isMade(table, `k${i}`)).toBe(false);
    }
  });

  it('does not keep keys of extraordinary length', () => {
    const table = new ByteTable<object>(LIMITS);
    const long = 'x'.repeat(100_000);
    expect([isMade(table, long), isMade(table, long), table.size]).toEqual([true, true, 0]);
  });
});
