import type { Zone } from './range-expression.ts';

const DAY_MS = 86_400_000;

export interface ZoneFormats {
  readonly zone: Zone;
  /** "14:02:05 UTC" */
  readonly clock: (at: number) => string;
  /** "22 Nov 2026, 14:02:05 UTC" */
  readonly full: (at: number) => string;
  /** "14:02:05" today, "22 Nov 14:02:05" on another day than `now`; without the zone. */
  readonly brief: (at: number, now: number) => string;
  /** Axis label for a chart of this width. */
  readonly tick: (at: number, spanMs: number) => string;
  /** The zone's offset from UTC at a time. */
  readonly offsetMs: (at: number) => number;
}

/** All formats of one zone. Build once and keep: making Intl formatters is slow. */
export function zoneFormats(zone: Zone): ZoneFormats {
  const make = (options: Intl.DateTimeFormatOptions) =>
    new Intl.DateTimeFormat('en-GB', { hourCycle: 'h23', ...(zone === 'utc' ? { timeZone: 'UTC' } : {}), ...options });
  const time = { hour: '2-digit', minute: '2-digit' } as const;
  const date = { day: 'numeric', month: 'short' } as const;
  const clock = make({ ...time, second: '2-digit', timeZoneName: 'short' });
  const full = make({ ...date, year: 'numeric', ...time, second: '2-digit', timeZoneName: 'short' });
  const seconds = make({ ...time, second: '2-digit' });
  const dateSeconds = make({ ...date, ...time, second: '2-digit' });
  const minutes = make(time);
  const days = make(date);
  const dayOf = (at: number) => days.format(at);
  return {
    zone,
    clock: (at) => clock.format(at),
    full: (at) => full.format(at),
    brief: (at, now) => (dayOf(at) === dayOf(now) ? seconds.format(at) : dateSeconds.format(at)),
    tick: (at, spanMs) => tickFormat(spanMs, { seconds, minutes, days, midnight: minutes.format(at) === '00:00' }).format(at),
    offsetMs: (at) => (zone === 'utc' ? 0 : -new Date(at).getTimezoneOffset() * 60_000),
  };
}

interface TickFormats {
  readonly seconds: Intl.DateTimeFormat;
  readonly minutes: Intl.DateTimeFormat;
  readonly days: Intl.DateTimeFormat;
  readonly midnight: boolean;
}

function tickFormat(spanMs: number, { seconds, minutes, days, midnight }: TickFormats): Intl.DateTimeFormat {
  if (spanMs <= 3 * 60_000) {
    return seconds;
  }
  return spanMs > 3 * DAY_MS || (midnight && spanMs > DAY_MS / 4) ? days : minutes;
}
