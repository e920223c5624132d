import { expect, it } from 'vitest';
import { SlotTally } from './slot-tally.ts';

const MINUTE_MS = 60_000;

it.for<readonly [why: string, begins: readonly (readonly [slot: number, now: number])[], missed: number, late: number]>([
  [
    'each in time',
    [
      [0, 1],
      [1, 1.5],
      [2, 2],
    ],
    0,
    0,
  ],
  [
    'two were passed over',
    [
      [0, 0],
      [3, 3],
    ],
    2,
    0,
  ],
  [
    'a source is an hour behind',
    [
      [0, 60],
      [1, 61],
    ],
    0,
    2,
  ],
  ['the first one is no gap', [[1000, 1000]], 0, 0],
])('%s', ([, begins, missedSlots, lateSlots]) => {
  const tally = new SlotTally(MINUTE_MS);
  let previous: number | null = null;
  for (const [slot, now] of begins) {
    tally.begin(slot * MINUTE_MS, { previous, now: now * MINUTE_MS });
    tally.end(5);
    previous = slot * MINUTE_MS;
  }
  const [slot = 0, now = 0] = begins.at(-1) ?? [];
  expect(tally.figures).toEqual({ missedSlots, lateSlots, lastMs: 5, lagMs: (now - slot) * MINUTE_MS });
});
