import { z } from 'zod';
import type { NumberRange, TimeInterval } from './time-interval.ts';

const WEEKDAYS = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'];
const MONTHS = [
  'january',
  'february',
  'march',
  'april',
  'may',
  'june',
  'july',
  'august',
  'september',
  'october',
  'november',
  'december',
];

class IntervalRangeError extends Error {}

const text = z.union([z.string(), z.number()]).transform(String);

const Clock = text.transform((value, context) => {
  const match = /^(?:([01]\d|2[0-3]):([0-5]\d)|24:00)$/.exec(value);
  if (match === null) {
    context.addIssue({ code: 'custom', message: `couldn't parse timestamp ${value}, invalid format; write HH:MM in quotes` });
    return z.NEVER;
  }
  return value === '24:00' ? 1440 : Number(match[1]) * 60 + Number(match[2]);
});

const Times = z
  .strictObject({ start_time: Clock, end_time: Clock })
  .transform(({ start_time, end_time }) => ({ startMinute: start_time, endMinute: end_time }))
  .refine(({ startMinute, endMinute }) => startMinute < endMinute, 'start time cannot be equal or greater than end time');

const Location = z
  .string()
  .transform((name) => (name === 'Local' ? Intl.DateTimeFormat().resolvedOptions().timeZone : name))
  .refine(isTimeZone, 'unknown time zone; use an IANA name such as Europe/Berlin, or Local');

/** One entry of `time_intervals[].time_intervals`, with Alertmanager's messages for what is wrong. */
export const TimeIntervalSpec = z
  .strictObject({
    times: z.array(Times).optional(),
    weekdays: z.array(rangeOf(parseWeekdays)).optional(),
    days_of_month: z.array(rangeOf(parseDaysOfMonth)).optional(),
    months: z.array(rangeOf(parseMonths)).optional(),
    years: z.array(rangeOf(parseYears)).optional(),
    location: Location.optional(),
  })
  .transform(
    ({ days_of_month, location, ...rest }): TimeInterval => ({
      ...rest,
      daysOfMonth: days_of_month,
      timeZone: location ?? 'UTC',
    }),
  );

function rangeOf(parse: (begin: string, end: string) => NumberRange) {
  return text.transform((value, context) => {
    const [begin = '', end = begin, ...rest] = value.toLowerCase().split(':');
    try {
      if (rest.length > 0) {
        throw new IntervalRangeError(`couldn't parse range ${value}, invalid format`);
      }
      return parse(begin.trim(), end.trim());
    } catch (error) {
      context.addIssue({ code: 'custom', message: error instanceof IntervalRangeError ? error.message : String(error) });
      return z.NEVER;
    }
  });
}

function parseWeekdays(begin: string, end: string): NumberRange {
  const range = { begin: weekday(begin), end: weekday(end) };
  if (range.begin > range.end) {
    throw new IntervalRangeError('start day cannot be before end day; a range may not wrap over Saturday, write two');
  }
  return range;
}

function weekday(name: string): number {
  const index = WEEKDAYS.indexOf(name);
  if (index === -1) {
    throw new IntervalRangeError(`${name} is not a valid weekday`);
  }
  return index;
}

function parseDaysOfMonth(begin: string, end: string): NumberRange {
  const range = { begin: dayOfMonth(begin), end: dayOfMonth(end) };
  if (range.begin < 0 && range.end > 0) {
    throw new IntervalRangeError('end day must be negative if start day is negative');
  }
  // Months differ in length; with 30 days assumed only the ranges that can never match are refused, as Alertmanager does.
  const position = (day: number) => (day < 0 ? 30 + day : day);
  if (position(range.begin) > position(range.end)) {
    throw new IntervalRangeError(`end day ${range.end} is always before start day ${range.begin}`);
  }
  return range;
}

function dayOfMonth(value: string): number {
  const day = Number(value);
  if (value === '' || !Number.isInteger(day)) {
    throw new IntervalRangeError(`${value} is not a valid day of the month`);
  }
  if (day === 0 || day > 31 || day < -31) {
    throw new IntervalRangeError(`${day} is not a valid day of the month: out of range`);
  }
  return day;
}

function parseMonths(begin: string, end: string): NumberRange {
  const range = { begin: month(begin), end: month(end) };
  if (range.begin > range.end) {
    throw new IntervalRangeError(`end month ${end} is before start month ${begin}`);
  }
  return range;
}

function month(name: string): number {
  const number = /^\d+$/.test(name) ? Number(name) : MONTHS.indexOf(name) + 1;
  if (number < 1 || number > 12) {
    throw new IntervalRangeError(`${name} is not a valid month`);
  }
  return number;
}

function parseYears(begin: string, end: string): NumberRange {
  const range = { begin: year(begin), end: year(end) };
  if (range.begin > range.end) {
    throw new IntervalRangeError(`end year ${range.end} is before start year ${range.begin}`);
  }
  return range;
}

function year(value: string): number {
  if (!/^\d+$/.test(value)) {
    throw new IntervalRangeError(`${value} is not a valid year`);
  }
  return Number(value);
}

function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en-US', { timeZone: name }) !== undefined;
  } catch {
    return false;
  }
}
