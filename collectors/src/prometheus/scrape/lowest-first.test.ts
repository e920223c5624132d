import fc from 'fast-check';
import { expect, it } from 'vitest';
import { LowestFirst } from './lowest-first.ts';

it('knows the lowest, of all and of all but one, however the numbers have risen', () => {
  const rise = fc.record({ item: fc.nat(9), by: fc.nat(20), without: fc.nat(9) });
  fc.assert(
    fc.property(fc.array(fc.nat(50), { minLength: 1, maxLength: 10 }), fc.array(rise, { maxLength: 60 }), (first, rises) => {
      const items = first.map((value) => ({ value }));
      const heap = new LowestFirst(items, ({ value }) => value);
      for (const { item, by, without } of rises) {
        const risen = items[item % items.length];
        const left = items[without % items.length];
        if (risen === undefined || left === undefined) {
          throw new Error('there is always one');
        }
        risen.value += by;
        const others = items.filter((each) => each !== left).map(({ value }) => value);
        expect(heap.lowestWithout(left)).toBe(Math.min(...others));
        expect(heap.lowest).toBe(Math.min(...items.map(({ value }) => value)));
      }
    }),
  );
});

it('is Infinity of nothing', () => {
  expect(new LowestFirst<number>([], (value) => value).lowest).toBe(Number.POSITIVE_INFINITY);
});
