import { Labels } from '../../model/labels.ts';
import { argument, type FunctionImplementation, type FunctionTable, mapValues } from './function-table.ts';

interface CivilTime {
  readonly year: number;
  /** From 1. */
  readonly month: number;
  readonly day: number;
  /** From 0, Sunday. */
  readonly weekday: number;
  readonly dayOfYear: number;
  readonly hour: number;
  readonly minute: number;
}

/** Parts of UTC dates given as epoch seconds, or of the evaluation time when called without an argument. */
export const calendarFunctions: FunctionTable = new Map([
  ['year', calendar(({ year }) => year)],
  ['month', calendar(({ month }) => month)],
  ['day_of_month', calendar(({ day }) => day)],
  ['day_of_week', calendar(({ weekday }) => weekday)],
  ['day_of_year', calendar(({ dayOfYear }) => dayOfYear)],
  ['days_in_month', calendar(({ year, month }) => daysInMonth(year, month))],
  ['hour', calendar(({ hour }) => hour)],
  ['minute', calendar(({ minute }) => minute)],
]);

function calendar(part: (time: CivilTime) => number): FunctionImplementation {
  return (context, call) => {
    if (call.args.length > 0) {
      return mapValues(context, context.vector(argument(call, 0)), (value) => part(civilTime(value)));
    }
    const { startMs, stepMs, steps } = context.grid;
    const data = Float64Array.from({ length: steps }, (_, step) => part(civilTime(Math.floor((startMs + step * stepMs) / 1000))));
    return { kind: 'vector', labels: [Labels.EMPTY], dropName: [false], data };
  };
}

/** What Prometheus makes of NaN, infinities and numbers beyond 64 bits of seconds: Go's smallest integer as a time. */
const NO_TIME: CivilTime = { year: 292_277_026_596, month: 12, day: 4, weekday: 0, dayOfYear: 339, hour: 15, minute: 30 };

const DAY_S = 86_400;
const DAYS_A_CYCLE = 146_097;
/** From 0000-03-01, when the years of this calculation begin, to 1970-01-01. */
const EPOCH_DAY = 719_468;

/** Proleptic Gregorian, for any number of seconds: after "chrono-compatible low-level date algorithms" (H. Hinnant). */
function civilTime(value: number): CivilTime {
  const seconds = Math.trunc(value);
  if (!(seconds > -(2 ** 63) && seconds < 2 ** 63)) {
    return NO_TIME;
  }
  const [days, second] = divide(seconds, DAY_S);
  const [cycle, dayOfCycle] = divide(days + EPOCH_DAY, DAYS_A_CYCLE);
  const yearOfCycle = Math.floor(
    (dayOfCycle - Math.floor(dayOfCycle / 1460) + Math.floor(dayOfCycle / 36_524) - Math.floor(dayOfCycle / 146_096)) / 365,
  );
  const dayFromMarch = dayOfCycle - (365 * yearOfCycle + Math.floor(yearOfCycle / 4) - Math.floor(yearOfCycle / 100));
  const monthFromMarch = Math.floor((5 * dayFromMarch + 2) / 153);
  const month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9;
  const year = yearOfCycle + cycle * 400 + (month <= 2 ? 1 : 0);
  return {
    year,
    month,
    day: dayFromMarch - Math.floor((153 * monthFromMarch + 2) / 5) + 1,
    weekday: divide(days + 4, 7)[1],
    // In this calculation January and February come after December; 1 March is day 60, or 61 in a leap year.
    dayOfYear: month <= 2 ? dayFromMarch - 305 : dayFromMarch + 60 + (isLeap(year) ? 1 : 0),
    hour: Math.floor(second / 3600),
    minute: Math.floor((second % 3600) / 60),
  };
}

/** Quotient towards minus infinity and remainder, exact for any whole number. */
function divide(value: number, by: number): readonly [quotient: number, remainder: number] {
  const remainder = ((value % by) + by) % by;
  return Number.isSafeInteger(value)
    ? [(value - remainder) / by, remainder]
    : [Number((BigInt(value) - BigInt(remainder)) / BigInt(by)), remainder];
}

function isLeap(year: number): boolean {
  return (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
}

function daysInMonth(year: number, month: number): number {
  if (month === 2) {
    return isLeap(year) ? 29 : 28;
  }
  return [4, 6, 9, 11].includes(month) ? 30 : 31;
}
