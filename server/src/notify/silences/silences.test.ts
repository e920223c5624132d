import { describe, expect, it } from 'vitest';
import { Labels } from '../../model/labels.ts';
import { ManualClock } from '../../runtime/manual-clock.fake.ts';
import { openStateStore } from '../../state/state-store.ts';
import { notifyTables } from '../notify-tables.ts';
import type { PostedSilence } from './silence.ts';
import { SilenceStore } from './silence-store.ts';
import { Silences } from './silences.ts';

const matcher = (name: string, value: string, more = {}) => ({ name, value, isRegex: false, isEqual: true, ...more });
const posted = (more: Partial<PostedSilence> = {}): PostedSilence => ({
  matchers: [matcher('service', 'a')],
  startsAt: 10_000,
  endsAt: 100_000,
  createdBy: 'ana',
  comment: '',
  ...more,
});

async function open() {
  const clock = new ManualClock(10_000);
  const store = new SilenceStore(notifyTables(openStateStore(':memory:')));
  let id = 0;
  const deps = { store, clock, newId: () => `s${++id}` };
  return { clock, deps, silences: await Silences.open(deps) };
}

describe('Silences', () => {
  it('mutes from its start to its end, and survives re-opening', async () => {
    const { clock, deps, silences } = await open();
    await silences.set(posted({ startsAt: 20_000 }));
    const reopened = await Silences.open(deps);
    for (const [at, ids] of [
      [19_999, []],
      [20_000, ['s1']],
      [99_999, ['s1']],
      [100_000, []],
    ] as const) {
      await clock.advance(at - clock.now());
      expect(reopened.silencedBy(Labels.from({ service: 'a' }))).toEqual(ids);
    }
  });

  it.for([
    { change: { matchers: [] }, message: 'at least one matcher required', why: 'no matcher' },
    { change: { matchers: [matcher('a', '')] }, message: 'must not match the empty string', why: 'would match everything' },
    {
      change: { matchers: [matcher('a', '.*', { isRegex: true })] },
      message: 'must not match the empty string',
      why: 'regex too',
    },
    { change: { matchers: [matcher('a', '(', { isRegex: true })] }, message: 'invalid label matcher', why: 'bad regex' },
    { change: { endsAt: 9_999 }, message: 'end time must not be in the past', why: 'over already' },
    { change: { startsAt: 200_000 }, message: 'start time must be before end time', why: 'ends before it starts' },
    { change: { id: 'nope' }, message: 'silence nope not found', why: 'unknown id' },
  ])('refuses: $why', async ({ change, message }) => {
    const { silences } = await open();
    await expect(silences.set(posted(change))).rejects.toThrow(message);
  });

  it.for([
    { change: { endsAt: 200_000 }, sameId: true, why: 'a new end keeps the id' },
    { change: { matchers: [matcher('service', 'b')] }, sameId: false, why: 'other matchers make a new silence' },
    { change: { startsAt: 12_000 }, sameId: false, why: 'an active one may not move its start' },
  ])('$why', async ({ change, sameId }) => {
    const { silences } = await open();
    const id = await silences.set(posted());
    const changed = await silences.set(posted({ id, ...change }));
    expect(changed === id).toBe(sameId);
    expect(silences.list().find((silence) => silence.id === id)?.state).toBe(sameId ? 'active' : 'expired');
  });

  it('expires twice without harm and starts a past start now', async () => {
    const { silences } = await open();
    const id = await silences.set(posted({ startsAt: 1 }));
    expect(silences.get(id).startsAt).toBe(10_000);
    await silences.expire(id);
    await silences.expire(id);
    expect(silences.list().map(({ state, endsAt }) => [state, endsAt])).toEqual([['expired', 10_000]]);
    await expect(silences.expire('x')).rejects.toThrow('not found');
  });
});
