import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { silentLogger } from '../runtime/logger.ts';
import { ManualClock } from '../runtime/manual-clock.fake.ts';
import { openStateStore, type StateDatabase } from '../state/state-store.ts';
import { aChange, anAlert } from './alert.fake.ts';
import type { AlertChange } from './alert.ts';
import { FakeAlertHistoryStore } from './alert-history-store.fake.ts';
import { type AlertHistoryStore, SqlAlertHistoryStore } from './alert-history-store.ts';
import { Alerts } from './alerts.ts';

const a = anAlert({ job: 'a' });
const b = anAlert({ job: 'b' }, { value: Number.NaN });
const EVER = { fromMs: 0, toMs: 1e15, limit: 100 };

const databases: StateDatabase[] = [];
afterEach(() => Promise.all(databases.splice(0).map((database) => database.destroy())));

function sqlStore(): AlertHistoryStore {
  const database = openStateStore(':memory:');
  databases.push(database);
  return new SqlAlertHistoryStore(database);
}

describe.each([
  { name: 'SQL', open: sqlStore },
  { name: 'fake', open: () => new FakeAlertHistoryStore() },
])('alert history store: $name', ({ open }) => {
  it('keeps every transition exactly, and finds them by alert, window and newest', async () => {
    const store = open();
    const changes = [aChange(a, 'pending', 10), aChange(b, 'firing', 20), aChange(a, 'firing', 30), aChange(b, 'resolved', 40)];
    await store.append(changes);
    const round = (found: readonly AlertChange[]): readonly string[] =>
      found.map(({ alert, to, at }) => `${alert.labels.get('job')} ${to} ${at} ${alert.value}`);
    expect(round(await store.history(EVER))).toEqual(['a pending 10 1', 'b firing 20 NaN', 'a firing 30 1', 'b resolved 40 NaN']);
    expect(round(await store.history({ ...EVER, fingerprint: a.fingerprint }))).toEqual(['a pending 10 1', 'a firing 30 1']);
    expect(round(await store.history({ fromMs: 20, toMs: 30, limit: 1 }))).toEqual(['a firing 30 1']);
    expect(round(await store.latest(41))).toEqual(['a firing 30 1']);
    expect(round(await store.latest(40))).toEqual(['a firing 30 1', 'b resolved 40 NaN']);
    const [first] = await store.history(EVER);
    expect({ ...first, alert: { ...first?.alert, labels: null } }).toEqual({
      ...changes[0],
      alert: { ...changes[0]?.alert, labels: null },
    });
    expect(await store.prune(30)).toBe(2);
    expect(await store.history(EVER)).toHaveLength(2);
  });
});

describe('current alerts', () => {
  let clock: ManualClock;
  let store: FakeAlertHistoryStore;
  let alerts: Alerts;
  let heard: string[];

  beforeEach(() => {
    clock = new ManualClock(1000);
    store = new FakeAlertHistoryStore();
    alerts = new Alerts({ clock, log: silentLogger, history: store });
    heard = [];
    alerts.subscribe(({ alert, from, to }) => heard.push(`${alert.labels.get('job')} ${from}→${to}`));
  });

  it('stores a transition before anyone hears of it; refreshes are not history', async () => {
    const stored: number[] = [];
    alerts.subscribe(() => stored.push(store.transitions.length));
    await alerts.apply([aChange(a, 'firing', 1000)]);
    await alerts.apply([{ ...aChange(a, 'firing', 1010), from: 'firing' }]);
    expect(heard).toEqual(['a inactive→firing', 'a firing→firing']);
    expect(stored).toEqual([1, 1]);
  });

  it('a failing listener does not keep others from hearing', async () => {
    const failing = new Alerts({ clock, log: silentLogger, history: store });
    const seen: string[] = [];
    failing.subscribe(() => {
      throw new Error('listener');
    });
    failing.subscribe(({ to }) => seen.push(to));
    await failing.apply([aChange(a, 'firing', 1000)]);
    expect(seen).toEqual(['firing']);
  });

  it('keeps resolved alerts for 15 minutes', async () => {
    await alerts.apply([aChange(a, 'firing', 1000)]);
    await alerts.apply([aChange(a, 'resolved', 1000)]);
    await clock.advance(15 * 60_000 - 1);
    expect(alerts.current()).toMatchObject([{ state: 'resolved' }]);
    await clock.advance(1);
    expect(alerts.current()).toEqual([]);
    expect(heard).toEqual(['a inactive→firing', 'a firing→resolved', 'a resolved→inactive']);
  });

  it('two rules with one label set: the first owns the alert, the second takes over after it', async () => {
    const other = { ...a, rule: { ...a.rule, group: 'other' } };
    await alerts.apply([aChange(a, 'firing', 1000), aChange(other, 'firing', 1001), aChange(other, 'resolved', 1002)]);
    expect(alerts.get(a.fingerprint)).toMatchObject({ state: 'firing', rule: { group: 'g' } });
    await alerts.apply([aChange(a, 'resolved', 1003), { ...aChange(other, 'firing', 1004), from: 'firing' }]);
    expect(heard.at(-1)).toBe('a inactive→firing');
  });

  it.for([
    { why: 'known and unchanged: nothing new', before: [aChange(a, 'firing', 900)], active: [a], now: ['firing'] },
    {
      why: 'decided but not recorded before the crash',
      before: [aChange(a, 'pending', 900)],
      active: [{ ...a, firedAt: 950 }],
      now: ['pending', 'firing'],
    },
    { why: 'never recorded', before: [], active: [{ ...a, firedAt: 950 }], now: ['firing'] },
    { why: 'its rule is gone', before: [aChange(a, 'firing', 900)], active: [], now: ['firing', 'resolved'] },
    { why: 'pending, its rule is gone', before: [aChange(a, 'pending', 900)], active: [], now: ['pending', 'inactive'] },
  ])('restore: $why', async ({ before, active, now }) => {
    await store.append(before);
    await alerts.restore(active);
    expect(store.transitions.map(({ to }) => to)).toEqual(now);
    expect(alerts.current().filter(({ state }) => state !== 'resolved')).toHaveLength(active.length);
  });
});
