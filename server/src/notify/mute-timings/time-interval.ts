/** Both ends inclusive. */
export interface NumberRange {
  readonly begin: number;
  readonly end: number;
}

/** Minutes of the day; the end is exclusive, 1440 is midnight at the end of the day. */
export interface MinuteRange {
  readonly startMinute: number;
  readonly endMinute: number;
}

/** One Alertmanager time interval: within a field any may match, all given fields must match, an absent field matches always. */
export interface TimeInterval {
  readonly times?: readonly MinuteRange[] | undefined;
  /** 0 is Sunday. */
  readonly weekdays?: readonly NumberRange[] | undefined;
  /** 1..31, or -1..-31 counted from the end of the month. */
  readonly daysOfMonth?: readonly NumberRange[] | undefined;
  readonly months?: readonly NumberRange[] | undefined;
  readonly years?: readonly NumberRange[] | undefined;
  /** IANA zone name. */
  readonly timeZone: string;
}

/** Is the instant (epoch milliseconds) inside the interval, by the wall clock of its own time zone? */
export function containsTime(interval: TimeInterval, at: number): boolean {
  const wall = wallClock(at, interval.timeZone);
  return (
    anyOf(interval.times, ({ startMinute, endMinute }) => wall.minute >= startMinute && wall.minute < endMinute) &&
    anyOf(interval.daysOfMonth, (range) => containsDay(range, wall)) &&
    anyOf(interval.months, (range) => within(range, wall.month)) &&
    anyOf(interval.weekdays, (range) => within(range, wall.weekday)) &&
    anyOf(interval.years, (range) => within(range, wall.year))
  );
}

interface WallClock {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  readonly weekday: number;
  readonly minute: number;
}

function wallClock(at: number, timeZone: string): WallClock {
  const parts = new Intl.DateTimeFormat('en-US', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
  }).formatToParts(at);
  const read = (type: Intl.DateTimeFormatPartTypes) => Number(parts.find((part) => part.type === type)?.value ?? 0);
  const [year, month, day] = [read('year'), read('month'), read('day')];
  const weekday = new Date(Date.UTC(year, month - 1, day)).getUTCDay();
  return { year, month, day, weekday, minute: read('hour') * 60 + read('minute') };
}

function anyOf<T>(ranges: readonly T[] | undefined, matches: (range: T) => boolean): boolean {
  return ranges === undefined || ranges.some(matches);
}

function within(range: NumberRange, value: number): boolean {
  return value >= range.begin && value <= range.end;
}

function containsDay(range: NumberRange, wall: WallClock): boolean {
  const days = new Date(Date.UTC(wall.year, wall.month, 0)).getUTCDate();
  const fromStart = (day: number) => (day < 0 ? days + day + 1 : day);
  const begin = fromStart(range.begin);
  // A range that begins after the end of this month is skipped, not clamped to its last day.
  return begin <= days && wall.day >= begin && wall.day <= Math.min(fromStart(range.end), days);
}
