import { expect, it } from 'vitest';
import { UncutRows } from './uncut-rows.ts';

it('asks for a cut after its limit, lets writers wait after twice that, and on when a cut has ended', async () => {
  const uncut = new UncutRows(100);
  uncut.add(100);
  expect([uncut.areMany, uncut.room]).toEqual([false, undefined]);
  uncut.add(100);
  expect([uncut.areMany, uncut.room]).toEqual([true, undefined]);
  uncut.add(1);
  const { room } = uncut;
  expect(room).toBeInstanceOf(Promise);
  uncut.cutBegins();
  uncut.add(150);
  expect([uncut.areMany, uncut.room]).toEqual([true, undefined]);
  uncut.cutEnded();
  await room;
  uncut.add(51);
  expect(uncut.room).toBeInstanceOf(Promise);
});
