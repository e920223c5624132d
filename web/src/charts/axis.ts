import type { PanelUnit } from '@tila/contract/dashboards.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const TIME_STEPS = [
  SECOND,
  2 * SECOND,
  5 * SECOND,
  10 * SECOND,
  15 * SECOND,
  30 * SECOND,
  MINUTE,
  2 * MINUTE,
  5 * MINUTE,
  10 * MINUTE,
  15 * MINUTE,
  30 * MINUTE,
  HOUR,
  2 * HOUR,
  3 * HOUR,
  6 * HOUR,
  12 * HOUR,
  DAY,
  2 * DAY,
  7 * DAY,
  30 * DAY,
];

export interface Span {
  readonly from: number;
  readonly to: number;
}

/** Overlapping spans as one, in order. */
export function unite(spans: readonly Span[]): Span[] {
  const united: Span[] = [];
  for (const span of spans.toSorted((a, b) => a.from - b.from)) {
    const last = united.at(-1);
    if (last === undefined || span.from > last.to) {
      united.push(span);
    } else {
      united[united.length - 1] = { from: last.from, to: Math.max(last.to, span.to) };
    }
  }
  return united;
}

/** Round instants inside a span, at most `count`; `offsetMs` is the zone's offset from UTC, so that days start at midnight there. */
export function timeTicks(span: Span, count: number, offsetMs: number): number[] {
  const step = TIME_STEPS.find((candidate) => (span.to - span.from) / candidate <= count) ?? 30 * DAY;
  const first = Math.ceil((span.from + offsetMs) / step) * step - offsetMs;
  const ticks: number[] = [];
  for (let tick = first; tick <= span.to; tick += step) {
    ticks.push(tick);
  }
  return ticks;
}

export interface ValueRange {
  readonly min: number;
  readonly max: number;
}

/**
 * Round values that hold a range: the first tick is the bottom of the axis and the last its top. Bytes step in powers
 * of two, everything else in 1, 2, 2.5, 5.
 */
export function valueTicks(range: ValueRange, unit: PanelUnit, count = 4): number[] {
  const width = range.max > range.min ? range.max - range.min : Math.abs(range.max) || 1;
  const step = unit === 'bytes' || unit === 'bytes/s' ? binaryStep(width / count) : decimalStep(width / count);
  const first = Math.floor(range.min / step);
  const last = Math.max(first + 1, Math.ceil((range.max - step * 1e-9) / step));
  return Array.from({ length: last - first + 1 }, (_, index) => Number(((first + index) * step).toPrecision(12)));
}

function decimalStep(raw: number): number {
  const power = 10 ** Math.floor(Math.log10(raw));
  const factor = [1, 2, 2.5, 5, 10].find((candidate) => candidate * power >= raw * 0.999) ?? 10;
  return factor * power;
}

function binaryStep(raw: number): number {
  return 2 ** Math.ceil(Math.log2(Math.max(1, raw)));
}
