import { describe, expect, it } from 'vitest';
import { fixedRange, parseTypedRange, rangeKind, resolveRange, stepFor, zoomOut } from './range.ts';
import { resolveTime } from './range-expression.ts';

const now = Date.UTC(2026, 10, 22, 16, 30, 15, 500);
const iso = (at: number | null) => (at === null ? null : new Date(at).toISOString());

describe('resolveTime', () => {
  it.for([
    { text: 'now', edge: 'from', at: '2026-11-22T16:30:15.500Z', why: 'now is now' },
    { text: 'now-1h', edge: 'from', at: '2026-11-22T15:30:15.500Z', why: 'subtracts' },
    { text: 'now-1d-30m', edge: 'from', at: '2026-11-21T16:00:15.500Z', why: 'subtracts more than once' },
    { text: 'now/d', edge: 'from', at: '2026-11-22T00:00:00.000Z', why: 'a start rounds down' },
    { text: 'now/d', edge: 'to', at: '2026-11-23T00:00:00.000Z', why: 'an end rounds up' },
    { text: 'now-1M/M', edge: 'from', at: '2026-10-01T00:00:00.000Z', why: 'months are calendar months' },
    { text: 'now-1M/M', edge: 'to', at: '2026-11-01T00:00:00.000Z', why: 'the end of last month is the start of this' },
    { text: 'now/w', edge: 'from', at: '2026-11-16T00:00:00.000Z', why: 'weeks start on Monday' },
    { text: 'now-1y/y', edge: 'from', at: '2025-01-01T00:00:00.000Z', why: 'years are calendar years' },
    { text: 'now/h', edge: 'from', at: '2026-11-22T16:00:00.000Z', why: 'hours round too' },
    { text: '2026-11-22T10:00:00Z', edge: 'from', at: '2026-11-22T10:00:00.000Z', why: 'ISO with a zone' },
    { text: '2026-11-22 10:00', edge: 'from', at: '2026-11-22T10:00:00.000Z', why: 'ISO without a zone is in the asked zone' },
    { text: '2026-11-22', edge: 'from', at: '2026-11-22T00:00:00.000Z', why: 'a day is its midnight' },
    { text: '1795364415500', edge: 'from', at: '2026-11-22T16:20:15.500Z', why: 'epoch milliseconds' },
    { text: '14:05', edge: 'from', at: '2026-11-22T14:05:00.000Z', why: 'a clock time is today' },
    { text: '18:00', edge: 'from', at: '2026-11-21T18:00:00.000Z', why: 'or yesterday when it has not come yet' },
    { text: 'yesterday', edge: 'from', at: null, why: 'words are not times' },
    { text: 'now-1x', edge: 'from', at: null, why: 'unknown units are not times' },
    { text: '', edge: 'from', at: null, why: 'nothing is no time' },
  ] as const)('$text: $why', ({ text, edge, at }) => {
    expect(iso(resolveTime(text, { now, zone: 'utc', edge }))).toBe(at);
  });

  it('does not leave the month when the day does not exist there', () => {
    const march31 = Date.UTC(2026, 2, 31, 12);
    expect(iso(resolveTime('now-1M', { now: march31, zone: 'utc', edge: 'from' }))).toBe('2026-02-28T12:00:00.000Z');
  });
});

describe('parseTypedRange', () => {
  it.for([
    { text: '13h', range: { from: 'now-13h', to: 'now' }, why: 'a duration is the last so long' },
    { text: 'last 2d', range: { from: 'now-2d', to: 'now' }, why: 'with or without "last"' },
    { text: 'now-1h', range: { from: 'now-1h', to: 'now' }, why: 'one end runs to now' },
    { text: 'since 14:00', range: { from: '2026-11-22T14:00:00.000Z', to: 'now' }, why: 'since a clock time' },
    { text: 'now-1d/d to now/d', range: { from: 'now-1d/d', to: 'now/d' }, why: 'two ends' },
    {
      text: '2026-11-22 10:00 to 2026-11-22 12:00',
      range: { from: '2026-11-22T10:00:00.000Z', to: '2026-11-22T12:00:00.000Z' },
      why: 'two instants',
    },
    { text: '2026-11-22 12:00 to 2026-11-22 10:00', range: null, why: 'an end before its start means nothing' },
    { text: 'soon', range: null, why: 'words mean nothing' },
  ])('$text: $why', ({ text, range }) => {
    expect(parseTypedRange(text, now, 'utc')).toEqual(range);
  });
});

describe('ranges', () => {
  it.for([
    { from: 'now-1h', to: 'now', kind: 'sliding' },
    { from: 'now/d', to: 'now', kind: 'growing' },
    { from: '2026-11-22T10:00:00Z', to: 'now', kind: 'growing' },
    { from: '2026-11-22T10:00:00Z', to: '2026-11-22T11:00:00Z', kind: 'fixed' },
  ])('$from to $to is $kind', ({ from, to, kind }) => {
    expect(rangeKind({ from, to })).toBe(kind);
    expect(resolveRange({ from, to }, now, 'utc')?.kind).toBe(kind);
  });

  it('doubles a sliding range by its length and a fixed one around its centre, never into the future', () => {
    expect(zoomOut({ from: now - 3_600_000, to: now, kind: 'sliding' }, now)).toEqual({ from: 'now-7200s', to: 'now' });
    expect(zoomOut({ from: now - 4000_000, to: now - 2000_000, kind: 'fixed' }, now)).toEqual(
      fixedRange({ from: now - 5000_000, to: now - 1000_000 }),
    );
    expect(zoomOut({ from: now - 1000_000, to: now, kind: 'fixed' }, now).to).toBe(new Date(now).toISOString());
  });

  it.for([
    { widthMs: 3_600_000, pixels: 600, stepMs: 15_000, why: 'an hour at 15 s is 240 points' },
    { widthMs: 3_600_000, pixels: 100, stepMs: 60_000, why: 'a narrow chart gets no more points than pixels' },
    { widthMs: 604_800_000, pixels: 600, stepMs: 1_800_000, why: 'a week gets coarse' },
    { widthMs: 300_000, pixels: 600, stepMs: 15_000, why: 'never finer than the sources' },
  ])('$why', ({ widthMs, pixels, stepMs }) => {
    expect(stepFor(widthMs, pixels)).toBe(stepMs);
  });
});
