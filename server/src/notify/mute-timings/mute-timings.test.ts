import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { mutingIntervals } from './mute-timings.ts';
import { containsTime } from './time-interval.ts';
import { TimeIntervalSpec } from './time-interval-spec.ts';

const CASES = new URL('../../../../../shared/testdata/alertmanager/cases-timeinterval-yaml.json', import.meta.url);
const cases: readonly { yaml: string; error: string | null }[] = existsSync(CASES) ? JSON.parse(readFileSync(CASES, 'utf8')) : [];

describe.skipIf(cases.length === 0)('Alertmanager time interval cases (skipped without ../shared/testdata)', () => {
  it.for(cases)('$yaml', ({ yaml, error }) => {
    const parsed = z.array(TimeIntervalSpec).safeParse(parse(yaml));
    if (error === null) {
      expect(parsed.error).toBeUndefined();
    } else {
      expect(parsed.error?.issues[0]?.message).toContain(error);
    }
  });
});

describe('containsTime', () => {
  it.for([
    {
      spec: { times: [{ start_time: '09:00', end_time: '17:00' }] },
      at: '2026-11-22T09:00Z',
      inside: true,
      why: 'start is inclusive',
    },
    {
      spec: { times: [{ start_time: '09:00', end_time: '17:00' }] },
      at: '2026-11-22T17:00Z',
      inside: false,
      why: 'end is exclusive',
    },
    {
      spec: { times: [{ start_time: '09:00', end_time: '24:00' }] },
      at: '2026-11-22T23:59:59Z',
      inside: true,
      why: '24:00 ends a day',
    },
    { spec: { weekdays: ['monday:friday'] }, at: '2026-11-22T12:00Z', inside: false, why: 'a Sunday is no workday' },
    { spec: { weekdays: ['sunday'] }, at: '2026-11-22T12:00Z', inside: true, why: 'a Sunday is a Sunday' },
    { spec: { days_of_month: ['-1'] }, at: '2028-02-29T12:00Z', inside: true, why: 'the last day of a leap February' },
    { spec: { days_of_month: ['30:31'] }, at: '2026-02-28T12:00Z', inside: false, why: 'a range after the month end is skipped' },
    { spec: { days_of_month: ['25:31'] }, at: '2026-02-28T12:00Z', inside: true, why: 'a range over the month end is clamped' },
    { spec: { months: ['march'], years: ['2026'] }, at: '2026-03-01T00:00Z', inside: true, why: 'fields combine' },
    { spec: { months: ['march'], years: ['2025'] }, at: '2026-03-01T00:00Z', inside: false, why: 'all fields must match' },
    {
      spec: { times: [{ start_time: '09:00', end_time: '10:00' }], location: 'Australia/Sydney' },
      at: '2026-11-21T22:30Z',
      inside: true,
      why: 'the wall clock is that of the location, daylight saving included (UTC+11)',
    },
    {
      spec: { weekdays: ['sunday'], location: 'Australia/Sydney' },
      at: '2026-11-21T22:30Z',
      inside: true,
      why: 'the day is that of the location too',
    },
  ])('$why', ({ spec, at, inside }) => {
    expect(containsTime(TimeIntervalSpec.parse(spec), Date.parse(at))).toBe(inside);
  });

  it('refuses an unknown time zone', () => {
    expect(() => TimeIntervalSpec.parse({ location: 'Mars/Olympus' })).toThrow('unknown time zone');
  });
});

describe('mutingIntervals', () => {
  const intervals = new Map([
    ['night', [TimeIntervalSpec.parse({ times: [{ start_time: '00:00', end_time: '06:00' }] })]],
    ['day', [TimeIntervalSpec.parse({ times: [{ start_time: '06:00', end_time: '24:00' }] })]],
  ]);
  it.for([
    { mute: ['night'], active: [], at: '2026-11-22T01:00Z', expected: ['night'], why: 'inside a mute interval' },
    { mute: ['night'], active: [], at: '2026-11-22T07:00Z', expected: [], why: 'outside it' },
    { mute: [], active: ['day'], at: '2026-11-22T01:00Z', expected: ['day'], why: 'outside every active interval' },
    { mute: [], active: ['day', 'night'], at: '2026-11-22T01:00Z', expected: [], why: 'inside one active interval' },
  ])('$why', ({ mute, active, at, expected }) => {
    const route = { muteTimeIntervals: mute, activeTimeIntervals: active };
    expect(mutingIntervals(route, intervals, Date.parse(at))).toEqual(expected);
  });
});
