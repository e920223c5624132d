import { describe, expect, it } from 'vitest';
import { decideNotification, type LogEntry } from './decide.ts';

const entry = (firing: string[], resolved: string[], more: Partial<LogEntry> = {}): LogEntry => ({
  stream: 's',
  notifiedAt: 1000,
  firing: new Set(firing),
  resolved: new Set(resolved),
  expiresAt: 1_000_000,
  deliveryId: 'd',
  failedAt: null,
  ...more,
});

describe('decideNotification', () => {
  it.for([
    { entry: undefined, firing: ['a'], resolved: [], expected: 'first notification', why: 'nothing was said yet' },
    { entry: undefined, firing: [], resolved: ['a'], expected: null, why: 'what was never announced is not resolved' },
    { entry: entry(['a'], []), firing: ['a'], resolved: [], expected: null, why: 'known' },
    { entry: entry(['a'], []), firing: ['a', 'b'], resolved: [], expected: 'new alerts added', why: 'b is new' },
    { entry: entry([], ['a']), firing: ['a'], resolved: [], expected: 'first notification', why: 'it was all resolved before' },
    { entry: entry(['a'], []), firing: [], resolved: ['a'], expected: 'all alerts resolved', why: 'the last one went' },
    { entry: entry([], ['a']), firing: [], resolved: ['a'], expected: null, why: 'the resolve is known' },
    { entry: entry(['a', 'b'], []), firing: ['a'], resolved: ['b'], expected: 'some alerts resolved', why: 'b went' },
    { entry: entry(['a'], ['b']), firing: ['a'], resolved: ['b'], expected: null, why: 'that b went is known' },
    { entry: entry(['a', 'b'], []), firing: ['a'], resolved: [], expected: null, why: 'b is silenced: absent, not resolved' },
    { entry: entry(['a'], []), firing: ['a'], resolved: [], now: 11_000, expected: null, why: 'the repeat interval is strict' },
    { entry: entry(['a'], []), firing: ['a'], resolved: [], now: 11_001, expected: 'repeat interval elapsed', why: 'it is over' },
    {
      entry: entry(['a'], [], { expiresAt: 2000 }),
      firing: ['a'],
      resolved: [],
      expected: 'first notification',
      why: 'the entry expired',
    },
    {
      entry: entry(['a'], [], { failedAt: 1500 }),
      firing: ['a'],
      resolved: [],
      expected: null,
      why: 'a given-up delivery waits',
    },
    {
      entry: entry(['a'], [], { failedAt: 1500, notifiedAt: 299_000 }),
      firing: ['a'],
      resolved: [],
      now: 301_500,
      expected: 'first notification',
      why: 'five minutes after a given-up delivery it is tried anew',
    },
  ])('$why', ({ entry: known, firing, resolved, now = 3000, expected }) => {
    const question = { firing: new Set(firing), resolved: new Set(resolved), sendResolved: true, repeatIntervalMs: 10_000, now };
    expect(decideNotification({ ...question, entry: known })).toBe(expected);
  });

  it('says nothing about single resolves when the receiver does not want them, but closes the books at the end', () => {
    const question = { entry: entry(['a', 'b'], []), sendResolved: false, repeatIntervalMs: 10_000, now: 3000 };
    expect(decideNotification({ ...question, firing: new Set(['a']), resolved: new Set(['b']) })).toBeNull();
    expect(decideNotification({ ...question, firing: new Set(), resolved: new Set(['a']) })).toBe('all alerts resolved');
  });
});
