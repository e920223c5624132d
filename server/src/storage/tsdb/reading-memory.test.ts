import { describe, expect, it } from 'vitest';
import { BlockCache } from './block-cache.ts';
import { Block, encodeBlock } from './block-codec.ts';

const block = (rows: number) =>
  new Block(
    encodeBlock([
      {
        ref: 1,
        column: { timestamps: Float64Array.from({ length: rows }, (_, i) => i), values: new Float64Array(rows).fill(1 / 3) },
      },
    ]),
  );

describe('BlockCache', () => {
  it('keeps what was asked for last, within its bytes', () => {
    const cache = new BlockCache(3 * (block(100).byteLength + 256));
    for (const id of [1, 2, 3]) {
      cache.set(id, block(100));
    }
    cache.get(1);
    cache.set(4, block(100));
    expect([1, 2, 3, 4].map((id) => cache.get(id) !== undefined)).toEqual([true, false, true, true]);
    cache.set(5, block(100_000));
    expect(cache.bytes).toBe(0);
  });

  it('lets go when nobody asked between two calls, but remembers damage', () => {
    const cache = new BlockCache(1e6);
    cache.set(1, block(10));
    cache.set(2, null);
    cache.get(1);
    cache.clearWhenIdle();
    expect(cache.get(1)).toBeDefined();
    cache.clearWhenIdle();
    cache.clearWhenIdle();
    expect([cache.get(1), cache.get(2)]).toEqual([undefined, null]);
  });
});
