import fc from 'fast-check';
import { expect, it } from 'vitest';
import { HashSet } from './hash-set.ts';

it('holds what was added, as a set does', () => {
  const number = fc.oneof(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 2 ** 31 - 1 }));
  fc.assert(
    fc.property(fc.array(number, { maxLength: 300 }), fc.array(number), (added, asked) => {
      const [set, model] = [new HashSet(), new Set<number>()];
      for (const each of added) {
        expect(set.add(each)).toBe(!model.has(each));
        model.add(each);
      }
      expect(set.size).toBe(model.size);
      expect([...added, ...asked].map((each) => set.has(each))).toEqual([...added, ...asked].map((each) => model.has(each)));
    }),
  );
});
