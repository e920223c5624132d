import { afterEach, describe, expect, it } from 'vitest';
import { openStateStore } from '../../state/state-store.ts';
import { notifyTables } from '../notify-tables.ts';
import type { LogEntry } from './decide.ts';
import { NotificationLog, saveLogEntry } from './notification-log.ts';

const DAY = 86_400_000;
const entry = (stream: string, notifiedAt: number, firing: readonly string[] = ['a']): LogEntry => ({
  stream,
  notifiedAt,
  firing: new Set(firing),
  resolved: new Set(),
  expiresAt: notifiedAt + DAY,
  deliveryId: null,
  failedAt: null,
});

const state = openStateStore(':memory:');
const database = notifyTables(state);
afterEach(async () => {
  await database.deleteFrom('notification_log').execute();
});

describe('NotificationLog', () => {
  it('forgets entries long expired when it records another, not those whose time still counts', async () => {
    const log = await NotificationLog.open(database, 0);
    log.recorded(entry('old', 0));
    log.recorded(entry('grace', 2 * DAY));
    log.recorded(entry('new', 37 * DAY));
    expect(['old', 'grace', 'new'].map((stream) => log.get(stream)?.notifiedAt)).toEqual([undefined, 2 * DAY, 37 * DAY]);
  });

  it('clears what fires no more, durably, and leaves the rest of an entry as it was', async () => {
    for (const saved of [entry('s', 0, ['a', 'b']), entry('t', 0, ['b']), entry('expired', -2 * DAY, ['x'])]) {
      await saveLogEntry(database, saved);
    }
    const log = await NotificationLog.open(database, 0);
    expect(log.firing(0)).toEqual(new Set(['a', 'b']));
    await log.clearFiring(new Set(['a']));
    const reopened = await NotificationLog.open(database, 0);
    expect([log.get('s'), reopened.get('s')]).toEqual([entry('s', 0, ['b']), entry('s', 0, ['b'])]);
    expect(reopened.get('t')).toEqual(entry('t', 0, ['b']));
  });
});
