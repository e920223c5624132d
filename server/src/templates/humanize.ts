import { formatFloat } from './go-number.ts';
import { formatTime } from './go-time.ts';
import { GoTime } from './values.ts';

const g4 = (value: number): string => formatFloat(value, 'g', 4);

/** `%.4g` with an SI prefix: 1234567 → `1.235M`, 0.00012 → `120u`. */
export function humanize(value: number): string {
  if (value === 0 || !Number.isFinite(value)) {
    return g4(value);
  }
  return Math.abs(value) >= 1 ? scaleDown(value, ['k', 'M', 'G', 'T', 'P', 'E', 'Z', 'Y'], 1000) : scaleUp(value);
}

function scaleDown(value: number, prefixes: readonly string[], base: number): string {
  let scaled = value;
  let prefix = '';
  for (const candidate of prefixes) {
    if (Math.abs(scaled) < base) {
      break;
    }
    prefix = candidate;
    scaled /= base;
  }
  return `${g4(scaled)}${prefix}`;
}

function scaleUp(value: number): string {
  let scaled = value;
  let prefix = '';
  for (const candidate of ['m', 'u', 'n', 'p', 'f', 'a', 'z', 'y']) {
    if (Math.abs(scaled) >= 1) {
      break;
    }
    prefix = candidate;
    scaled *= 1000;
  }
  return `${g4(scaled)}${prefix}`;
}

/** `%.4g` with a binary prefix: 1048576 → `1Mi`. */
export function humanize1024(value: number): string {
  if (Math.abs(value) <= 1 || !Number.isFinite(value)) {
    return g4(value);
  }
  return scaleDown(value, ['ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei', 'Zi', 'Yi'], 1024);
}

/** A ratio as a percentage: 0.1234567 → `12.35%`. */
export function humanizePercentage(value: number): string {
  return `${g4(value * 100)}%`;
}

/** Seconds as `1d 2h 3m 4s`, `12.34s`, `5ms`. */
export function humanizeDuration(value: number): string {
  if (!Number.isFinite(value)) {
    return g4(value);
  }
  if (value === 0) {
    return '0s';
  }
  return Math.abs(value) >= 1 ? longDuration(value) : `${scaleUp(value)}s`;
}

function longDuration(value: number): string {
  const sign = value < 0 ? '-' : '';
  const magnitude = Math.abs(value);
  const whole = Math.trunc(magnitude);
  const [days, hours, minutes, seconds] = [
    Math.trunc(whole / 86_400),
    Math.trunc(whole / 3600) % 24,
    Math.trunc(whole / 60) % 60,
    whole % 60,
  ];
  if (days > 0) {
    return `${sign}${days}d ${hours}h ${minutes}m ${seconds}s`;
  }
  if (hours > 0) {
    return `${sign}${hours}h ${minutes}m ${seconds}s`;
  }
  return minutes > 0 ? `${sign}${minutes}m ${seconds}s` : `${sign}${g4(magnitude)}s`;
}

/** Epoch seconds as Go prints a UTC time. @throws Error outside what nanoseconds in 64 bits can hold. */
export function humanizeTimestamp(value: number): string {
  return Number.isFinite(value) ? formatTime(timeOfSeconds(value)) : g4(value);
}

/** @throws Error when the time does not fit 64-bit nanoseconds. */
export function timeOfSeconds(value: number): GoTime {
  if (!(Math.abs(value) * 1e9 < 2 ** 63)) {
    throw new Error(`${value} cannot be represented as a nanoseconds timestamp since it overflows int64`);
  }
  return new GoTime(Math.round(value * 1000));
}
