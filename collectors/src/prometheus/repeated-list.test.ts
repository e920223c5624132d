import fc from 'fast-check';
import { expect, it } from 'vitest';
import { RepeatedList } from './repeated-list.ts';

it('holds what was pushed, in the array of the list before it when that is the same', () => {
  const items = fc.array(fc.nat(3), { maxLength: 8 });
  fc.assert(
    fc.property(items, items, (before, pushed) => {
      const copy = [...before];
      const list = new RepeatedList(before);
      for (const item of pushed) {
        list.push(item);
      }
      expect(list.items).toEqual(pushed);
      expect(list.items === before).toBe(pushed.length === before.length && pushed.every((item, i) => item === before[i]));
      expect(before).toEqual(copy);
    }),
  );
});
