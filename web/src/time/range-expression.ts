export type Zone = 'utc' | 'local';

const UNITS = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 } as const;
const RELATIVE = /^now((?:[+-]\d+[smhdwMy])*)(?:\/([smhdwMy]))?$/;
const TERM = /([+-])(\d+)([smhdwMy])/g;
const EPOCH_MS = /^\d{12,14}$/;
const CLOCK = /^(\d{1,2}):(\d{2})(?::(\d{2}))?$/;

export interface ResolveContext {
  readonly now: number;
  /** Whose days `now/d` and clock times mean. */
  readonly zone: Zone;
  /** The end of a range rounds up: `now/d` as an end is the end of today. */
  readonly edge: 'from' | 'to';
}

/**
 * A time in Grafana's grammar (`now`, `now-1h`, `now-1d/d`, units s m h d w M y), an ISO date or epoch milliseconds;
 * null when it is none of them. ISO dates without a zone are read in the context's zone.
 */
export function resolveTime(text: string, context: ResolveContext): number | null {
  const trimmed = text.trim();
  const relative = RELATIVE.exec(trimmed);
  if (relative !== null) {
    return resolveRelative(relative, context);
  }
  if (EPOCH_MS.test(trimmed)) {
    return Number(trimmed);
  }
  return parseAbsolute(trimmed, context);
}

function resolveRelative(match: RegExpExecArray, context: ResolveContext): number {
  const calendar = calendarOf(context.zone);
  let at = context.now;
  for (const [, sign, count, unit] of (match[1] ?? '').matchAll(TERM)) {
    at = calendar.add(at, (sign === '-' ? -1 : 1) * Number(count), unit ?? 's');
  }
  const rounding = match[2];
  if (rounding === undefined) {
    return at;
  }
  const start = calendar.startOf(at, rounding);
  return context.edge === 'to' ? calendar.add(start, 1, rounding) : start;
}

function parseAbsolute(text: string, { now, zone }: ResolveContext): number | null {
  const clock = CLOCK.exec(text);
  if (clock !== null) {
    const at = calendarOf(zone).startOf(now, 'd') + clockMs(clock);
    return at > now ? at - UNITS.d : at;
  }
  if (!/^\d{4}-\d{2}-\d{2}/.test(text)) {
    return null;
  }
  const iso = text.replace(' ', 'T');
  const withTime = iso.includes('T') ? iso : `${iso}T00:00`;
  const zoned = /(?:Z|[+-]\d{2}:?\d{2})$/.test(withTime) || zone === 'local' ? withTime : `${withTime}Z`;
  const at = Date.parse(zoned);
  return Number.isNaN(at) ? null : at;
}

function clockMs([, hours, minutes, seconds]: RegExpExecArray): number {
  return Number(hours) * UNITS.h + Number(minutes) * UNITS.m + Number(seconds ?? 0) * UNITS.s;
}

interface Calendar {
  add(at: number, count: number, unit: string): number;
  startOf(at: number, unit: string): number;
}

function calendarOf(zone: Zone): Calendar {
  const fields = (at: number) => readFields(new Date(at), zone);
  const build = (parts: readonly number[]) => writeFields(parts, zone);
  return {
    add(at, count, unit) {
      if (unit !== 'M' && unit !== 'y') {
        return at + count * fixedUnit(unit);
      }
      const [year = 0, month = 0, day = 1, ...rest] = fields(at);
      const target = month + (unit === 'M' ? count : 12 * count);
      const lastDay = new Date(Date.UTC(year, target + 1, 0)).getUTCDate();
      return build([year, target, Math.min(day, lastDay), ...rest]);
    },
    startOf(at, unit) {
      const [year = 0, month = 0, day = 1, hour = 0, minute = 0, second = 0] = fields(at);
      switch (unit) {
        case 'y':
          return build([year, 0, 1]);
        case 'M':
          return build([year, month, 1]);
        case 'w': {
          const weekday = (new Date(Date.UTC(year, month, day)).getUTCDay() + 6) % 7;
          return build([year, month, day - weekday]);
        }
        case 'd':
          return build([year, month, day]);
        case 'h':
          return build([year, month, day, hour]);
        case 'm':
          return build([year, month, day, hour, minute]);
        default:
          return build([year, month, day, hour, minute, second]);
      }
    },
  };
}

function fixedUnit(unit: string): number {
  switch (unit) {
    case 'm':
      return UNITS.m;
    case 'h':
      return UNITS.h;
    case 'd':
      return UNITS.d;
    case 'w':
      return UNITS.w;
    default:
      return UNITS.s;
  }
}

function readFields(date: Date, zone: Zone): number[] {
  return zone === 'utc'
    ? [
        date.getUTCFullYear(),
        date.getUTCMonth(),
        date.getUTCDate(),
        date.getUTCHours(),
        date.getUTCMinutes(),
        date.getUTCSeconds(),
        date.getUTCMilliseconds(),
      ]
    : [
        date.getFullYear(),
        date.getMonth(),
        date.getDate(),
        date.getHours(),
        date.getMinutes(),
        date.getSeconds(),
        date.getMilliseconds(),
      ];
}

function writeFields(
  [year = 0, month = 0, day = 1, hour = 0, minute = 0, second = 0, ms = 0]: readonly number[],
  zone: Zone,
): number {
  return zone === 'utc'
    ? Date.UTC(year, month, day, hour, minute, second, ms)
    : new Date(year, month, day, hour, minute, second, ms).getTime();
}
