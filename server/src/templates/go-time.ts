import type { GoTime } from './values.ts';

interface Civil {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
  readonly millisecond: number;
  readonly weekday: number;
  readonly offsetMinutes: number;
  readonly zoneName: string;
}

const MONTHS = 'January February March April May June July August September October November December'.split(' ');
const WEEKDAYS = 'Sunday Monday Tuesday Wednesday Thursday Friday Saturday'.split(' ');

/** time.Time's String(): `2006-01-02 15:04:05.999999999 -0700 MST`. */
export function formatTime(time: GoTime): string {
  return formatLayout(time, '2006-01-02 15:04:05.999999999 -0700 MST');
}

/** A moment's parts in its zone. @throws RangeError when the zone is unknown or the time cannot be shown. */
export function civilTime(time: GoTime): Civil {
  const shifted = new Date(time.epochMs);
  const offsetMinutes = time.zone === 'UTC' ? 0 : zoneOffsetMinutes(shifted, time.zone);
  shifted.setTime(time.epochMs + offsetMinutes * 60_000);
  return {
    year: shifted.getUTCFullYear(),
    month: shifted.getUTCMonth() + 1,
    day: shifted.getUTCDate(),
    hour: shifted.getUTCHours(),
    minute: shifted.getUTCMinutes(),
    second: shifted.getUTCSeconds(),
    millisecond: shifted.getUTCMilliseconds(),
    weekday: shifted.getUTCDay(),
    offsetMinutes,
    zoneName: time.zone === 'UTC' ? 'UTC' : zoneName(new Date(time.epochMs), time.zone),
  };
}

function zonePart(date: Date, zone: string, style: 'longOffset' | 'short'): string {
  const format = new Intl.DateTimeFormat('en-US', { timeZone: zone, timeZoneName: style });
  return format.formatToParts(date).find((part) => part.type === 'timeZoneName')?.value ?? 'UTC';
}

function zoneOffsetMinutes(date: Date, zone: string): number {
  const match = /GMT([+-])(\d\d):(\d\d)/.exec(zonePart(date, zone, 'longOffset'));
  return match === null ? 0 : (match[1] === '-' ? -1 : 1) * (Number(match[2]) * 60 + Number(match[3]));
}

function zoneName(date: Date, zone: string): string {
  const short = zonePart(date, zone, 'short');
  return short.startsWith('GMT') ? offsetText(zoneOffsetMinutes(date, zone), '') : short;
}

const two = (value: number): string => String(value).padStart(2, '0');

function offsetText(minutes: number, separator: string): string {
  const magnitude = Math.abs(minutes);
  return `${minutes < 0 ? '-' : '+'}${two(Math.floor(magnitude / 60))}${separator}${two(magnitude % 60)}`;
}

const twelve = (hour: number): number => hour % 12 || 12;

const LAYOUT: Readonly<Record<string, (time: Civil) => string>> = {
  January: (time) => MONTHS[time.month - 1] ?? '',
  Jan: (time) => (MONTHS[time.month - 1] ?? '').slice(0, 3),
  Monday: (time) => WEEKDAYS[time.weekday] ?? '',
  Mon: (time) => (WEEKDAYS[time.weekday] ?? '').slice(0, 3),
  MST: (time) => time.zoneName,
  '2006': (time) => String(time.year).padStart(4, '0'),
  '06': (time) => two(time.year % 100),
  '01': (time) => two(time.month),
  '02': (time) => two(time.day),
  _2: (time) => String(time.day).padStart(2),
  '03': (time) => two(twelve(time.hour)),
  '04': (time) => two(time.minute),
  '05': (time) => two(time.second),
  '15': (time) => two(time.hour),
  PM: (time) => (time.hour >= 12 ? 'PM' : 'AM'),
  pm: (time) => (time.hour >= 12 ? 'pm' : 'am'),
  'Z07:00': (time) => (time.offsetMinutes === 0 ? 'Z' : offsetText(time.offsetMinutes, ':')),
  Z0700: (time) => (time.offsetMinutes === 0 ? 'Z' : offsetText(time.offsetMinutes, '')),
  '-07:00': (time) => offsetText(time.offsetMinutes, ':'),
  '-0700': (time) => offsetText(time.offsetMinutes, ''),
  '-07': (time) => offsetText(time.offsetMinutes, '').slice(0, 3),
  '1': (time) => String(time.month),
  '2': (time) => String(time.day),
  '3': (time) => String(twelve(time.hour)),
  '4': (time) => String(time.minute),
  '5': (time) => String(time.second),
};

const LAYOUT_PART = /January|Jan|Monday|Mon|MST|2006|Z07:00|Z0700|-07:00|-0700|-07|[.,](?:0+|9+)(?!\d)|_2|0[1-6]|15|PM|pm|[1-5]/g;

/** time.Format with a Go reference-time layout. */
export function formatLayout(time: GoTime, layout: string): string {
  const civil = civilTime(time);
  return layout.replace(LAYOUT_PART, (part) => {
    if (part.startsWith('.') || part.startsWith(',')) {
      return fraction(civil.millisecond, part);
    }
    return LAYOUT[part]?.(civil) ?? part;
  });
}

function fraction(millisecond: number, part: string): string {
  const digits = String(millisecond)
    .padStart(3, '0')
    .padEnd(9, '0')
    .slice(0, part.length - 1);
  if (part[1] === '0') {
    return `${part[0]}${digits}`;
  }
  const trimmed = digits.replace(/0+$/, '');
  return trimmed === '' ? '' : `${part[0]}${trimmed}`;
}

/** time.Duration's String(): `1h2m3.5s`, `1.5ms`, `0s`. */
export function formatDuration(seconds: number): string {
  const magnitude = Math.abs(seconds);
  const sign = seconds < 0 ? '-' : '';
  if (magnitude === 0) {
    return '0s';
  }
  if (magnitude < 1) {
    return sign + subSecond(magnitude);
  }
  const hours = Math.floor(magnitude / 3600);
  const minutes = Math.floor((magnitude % 3600) / 60);
  const rest = Number((magnitude % 60).toFixed(9));
  const hoursText = hours > 0 ? `${hours}h` : '';
  return `${sign}${hoursText}${hours > 0 || minutes > 0 ? `${minutes}m` : ''}${rest}s`;
}

function subSecond(magnitude: number): string {
  if (magnitude >= 1e-3) {
    return `${Number((magnitude * 1e3).toFixed(6))}ms`;
  }
  return magnitude >= 1e-6 ? `${Number((magnitude * 1e6).toFixed(3))}µs` : `${Math.round(magnitude * 1e9)}ns`;
}
