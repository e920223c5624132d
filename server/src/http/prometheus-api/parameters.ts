import type { Request } from 'express';
import { parseDuration } from '../../model/duration.ts';
import { BadRequestError } from '../errors.ts';

/** Parameters of the Prometheus API: from the address and, for POST, the form in the body; the body comes first. */
export interface Parameters {
  /** The first value, or the empty string. */
  get(name: string): string;
  all(name: string): readonly string[];
}

export function parametersOf(request: Request): Parameters {
  const sources: readonly unknown[] = request.method === 'POST' ? [request.body, request.query] : [request.query];
  const all = (name: string): readonly string[] => sources.flatMap((source) => valuesOf(source, name));
  return { all, get: (name) => all(name)[0] ?? '' };
}

function valuesOf(source: unknown, name: string): readonly string[] {
  if (typeof source !== 'object' || source === null || !Object.hasOwn(source, name)) {
    return [];
  }
  const value: unknown = Reflect.get(source, name);
  return (Array.isArray(value) ? value : [value]).filter((text) => typeof text === 'string');
}

/**
 * Epoch milliseconds from seconds (`1700000000.123`) or RFC 3339.
 * @throws BadRequestError with Prometheus' text, which is another one where the parameter may be absent
 */
export function timeOf(parameters: Parameters, name: string, fallbackMs?: number): number {
  const text = parameters.get(name);
  if (text === '' && fallbackMs !== undefined) {
    return fallbackMs;
  }
  const timeMs = parseSeconds(text) ?? parseRfc3339(text);
  if (timeMs === undefined) {
    const place = fallbackMs === undefined ? '' : `invalid time value for '${name}': `;
    throw invalid(name, `${place}cannot parse "${text}" to a valid timestamp`);
  }
  return timeMs;
}

/** Milliseconds from seconds (`15`, `0.5`) or a Prometheus duration (`1m30s`). @throws BadRequestError with Prometheus' text. */
export function durationOf(parameters: Parameters, name: string): number {
  const text = parameters.get(name);
  const durationMs = parseSeconds(text) ?? parseDuration(text);
  if (durationMs === undefined) {
    throw invalid(name, `cannot parse "${text}" to a valid duration`);
  }
  return durationMs;
}

/** `limit`: how many results at most, 0 for all. @throws BadRequestError */
export function limitOf(parameters: Parameters): number {
  const text = parameters.get('limit');
  if (!/^\d{0,15}$/.test(text)) {
    throw invalid('limit', `limit must be a non-negative whole number, got "${text}"`);
  }
  return Number(text);
}

export function invalid(name: string, reason: string): BadRequestError {
  return new BadRequestError(`invalid parameter "${name}": ${reason}`);
}

// Go's ParseFloat also takes hex and underscores; nobody sends times so.
const DECIMAL = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;
const RFC3339 = /^(\d{4}-\d{2}-\d{2})T([01]\d|2[0-3]):\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})$/;

/** The range that fits JavaScript's Date; beyond it nothing has samples. */
const MAX_TIME_MS = 8.64e15;
/** Go's earliest and latest time in milliseconds; clients send them, in seconds or written out, for "from ever" and "for ever". */
const GO_MAX_TIME_MS = 2 ** 63;
const EVER: ReadonlyMap<string, number> = new Map([
  ['-292273086-05-16T16:47:06Z', -MAX_TIME_MS],
  ['+292277025-08-18T07:12:54.999999999Z', MAX_TIME_MS],
]);

function parseSeconds(text: string): number | undefined {
  const timeMs = DECIMAL.test(text) ? Math.round(Number(text) * 1000) : Number.NaN;
  return Math.abs(timeMs) <= GO_MAX_TIME_MS ? Math.min(Math.max(timeMs, -MAX_TIME_MS), MAX_TIME_MS) : undefined;
}

function parseRfc3339(text: string): number | undefined {
  const day = RFC3339.exec(text)?.[1];
  const timeMs = day !== undefined && isDayOfCalendar(day) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(timeMs) ? EVER.get(text) : timeMs;
}

/** Date takes 30 February for 2 March. */
function isDayOfCalendar(day: string): boolean {
  const timeMs = Date.parse(day);
  return !Number.isNaN(timeMs) && new Date(timeMs).toISOString().startsWith(day);
}
