import { expect, it } from 'vitest';
import { RecentMap } from './recent-map.ts';

const HOUR = 3_600_000;

it('keeps what is asked for and forgets the rest', () => {
  const map = new RecentMap<string, number>();
  map.set('used', 1, 0);
  map.set('unused', 2, 0);
  for (let hours = 1; hours <= 3; hours += 1) {
    expect(map.get('used', hours * HOUR)).toBe(1);
    map.set('other', 3, hours * HOUR);
  }
  expect(map.get('unused', 3 * HOUR)).toBeUndefined();
});

it('keeps everything for half an hour', () => {
  const map = new RecentMap<string, number>();
  map.set('a', 1, 0);
  map.set('b', 2, HOUR / 2);
  expect([map.get('a', HOUR / 2), map.get('b', HOUR / 2)]).toEqual([1, 2]);
});

it('forgets all when it is cleared', () => {
  const map = new RecentMap<string, number>();
  map.set('a', 1, 0);
  map.clear();
  expect(map.get('a', 0)).toBeUndefined();
});
