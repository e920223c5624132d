import { RE2JS } from 're2js';
import { Labels } from '../../model/labels.ts';
import { ABSENT } from '../../model/sample.ts';
import type { QueryResult } from '../engine.ts';
import { formatSampleValue } from '../format-value.ts';
import type { EvalCommand, ExpectedRange, TextPattern } from './script.ts';

/** A failed comparison, in words. */
export type Complaint = string;

/** Points of one series by time. */
interface Points {
  readonly labels: Labels;
  readonly at: ReadonlyMap<number, number>;
}

/** What an evaluation got wrong against a script's expectations; empty when all is as it should be. */
export function judge(command: EvalCommand, result: QueryResult): Complaint[] {
  return [
    ...judgeAnnotations('warn', command.demands.warn, { no: command.demands.noWarn, actual: result.annotations.warnings }),
    ...judgeAnnotations('info', command.demands.info, { no: command.demands.noInfo, actual: result.annotations.infos }),
    ...judgeValues(command, result),
  ];
}

/** Whether a text is what a script expects. */
export function matchesPattern(pattern: TextPattern, text: string): boolean {
  if (pattern.kind === 'any') {
    return true;
  }
  // Prometheus up to 3.14 compared annotations without their position and details, later versions with them.
  const forms = [text, text.replace(/(, from buckets .*)? \(\d+:\d+\)$/, '')];
  return pattern.kind === 'msg'
    ? forms.includes(pattern.text)
    : forms.some((form) => RE2JS.compile(pattern.text).matcher(form).find());
}

interface AnnotationCheck {
  readonly no: boolean;
  readonly actual: readonly string[];
}

function judgeAnnotations(kind: string, wanted: readonly TextPattern[], { no, actual }: AnnotationCheck): Complaint[] {
  if (no && actual.length > 0) {
    return [`expected no ${kind}, got ${actual.join(' | ')}`];
  }
  if (wanted.length === 0) {
    return [];
  }
  const unmet = wanted.filter((pattern) => !actual.some((text) => matchesPattern(pattern, text)));
  const surplus = actual.filter((text) => !wanted.some((pattern) => matchesPattern(pattern, text)));
  return [
    ...unmet.map((pattern) => `expected ${kind} ${pattern.kind === 'any' ? '' : pattern.text}, got [${actual.join(' | ')}]`),
    ...surplus.map((text) => `unexpected ${kind} ${text}`),
  ];
}

function judgeValues(command: EvalCommand, result: QueryResult): Complaint[] {
  if (command.string !== null || (result.kind === 'string' && command.range === null)) {
    const actual = result.kind === 'string' ? result.value : undefined;
    return actual === command.string ? [] : [`expected string ${command.string}, got ${actual ?? result.kind}`];
  }
  const instantScalar = result.kind === 'scalar' && command.range === null;
  if (command.scalar !== null || instantScalar) {
    const actual = result.kind === 'scalar' ? (result.values[0] ?? ABSENT) : ABSENT;
    const isRight = instantScalar && command.scalar !== null && almostEqual(command.scalar, actual);
    return isRight ? [] : [`expected scalar ${command.scalar}, got ${result.kind} ${actual}`];
  }
  const grid = command.range ?? command.matrix ?? { startMs: command.atMs, endMs: command.atMs, stepMs: 1 };
  const actual = pointsOf(result, grid);
  const order = command.demands.ordered ? judgeOrder(command, actual) : [];
  return [...order, ...judgeSeries(command, actual, grid)];
}

function pointsOf(result: QueryResult, grid: ExpectedRange): Points[] {
  switch (result.kind) {
    case 'vector':
      return result.series.map(({ labels, values }) => ({ labels, at: columnPoints(values, grid) }));
    case 'matrix':
      return result.series.map(({ labels, timestamps, values }) => ({
        labels,
        at: new Map([...timestamps].map((time, index) => [time, values[index] ?? ABSENT])),
      }));
    case 'scalar':
      return [{ labels: Labels.EMPTY, at: columnPoints(result.values, grid) }];
    case 'string':
      return [];
  }
}

function columnPoints(values: Float64Array, { startMs, stepMs }: ExpectedRange): Map<number, number> {
  const points = [...values].map((value, step) => [startMs + step * stepMs, value] as const);
  return new Map(points.filter(([, value]) => value !== ABSENT));
}

function judgeOrder(command: EvalCommand, actual: readonly Points[]): Complaint[] {
  const wanted = command.series.map((series) => series.labels.toString());
  const got = actual.map((series) => series.labels.toString());
  return wanted.join('\n') === got.join('\n') ? [] : [`expected order ${wanted.join(' ')}, got ${got.join(' ')}`];
}

function judgeSeries(command: EvalCommand, actual: readonly Points[], grid: ExpectedRange): Complaint[] {
  const complaints: Complaint[] = [];
  const present = actual.filter((series) => series.at.size > 0);
  const left = new Map(present.map((series) => [series.labels.key, series]));
  if (left.size < present.length) {
    complaints.push('two series have the same labels');
  }
  for (const { labels, slots } of command.series) {
    const series = left.get(labels.key);
    left.delete(labels.key);
    const expected = new Map<number, number>();
    for (const [index, slot] of slots.entries()) {
      if (typeof slot === 'number') {
        expected.set(grid.startMs + index * grid.stepMs, slot);
      }
    }
    if (series !== undefined || expected.size > 0) {
      complaints.push(...judgePoints(labels, expected, series?.at ?? new Map()));
    }
  }
  return [...complaints, ...[...left.values()].map(({ labels, at }) => `unexpected ${labels} ${[...at.values()].join(' ')}`)];
}

function judgePoints(labels: Labels, expected: ReadonlyMap<number, number>, actual: ReadonlyMap<number, number>): Complaint[] {
  const times = [...new Set([...expected.keys(), ...actual.keys()])].sort((a, b) => a - b);
  const wrong = times.find((time) => {
    const [wanted, got] = [expected.get(time), actual.get(time)];
    return wanted === undefined || got === undefined || !almostEqual(wanted, got);
  });
  if (wrong === undefined) {
    return [];
  }
  const show = (value: number | undefined): string => (value === undefined ? 'nothing' : formatSampleValue(value));
  return [`${labels} at ${wrong} ms: expected ${show(expected.get(wrong))}, got ${show(actual.get(wrong))}`];
}

const EPSILON = 1e-6;
const SMALLEST_NORMAL = 2 ** -1022;

/** Prometheus' measure: equal up to one part in a million; near zero, almost exactly. */
export function almostEqual(a: number, b: number): boolean {
  if (a === b || (Number.isNaN(a) && Number.isNaN(b))) {
    return true;
  }
  const difference = Math.abs(a - b);
  const size = Math.abs(a) + Math.abs(b);
  if (a === 0 || b === 0 || size < SMALLEST_NORMAL) {
    return difference < EPSILON * SMALLEST_NORMAL;
  }
  return difference / Math.min(size, Number.MAX_VALUE) < EPSILON;
}
