import { Labels } from '../../model/labels.ts';
import { STALE } from '../../model/sample.ts';
import { parse } from '../parser/parse.ts';

/** One slot of a written series: a value (also STALE), nothing, or a native histogram, which Tila does not hold yet. */
export type Slot = number | 'missing' | 'histogram';

export interface WrittenSeries {
  readonly labels: Labels;
  readonly slots: readonly Slot[];
}

/** The line of a script cannot be read. */
export class ScriptError extends Error {
  override readonly name = 'ScriptError';
}

/** Reads `metric{label="value"} 1 2+1x3 _ stale`, the notation of Prometheus' `.test` scripts and rule unit tests. */
export function parseSeriesLine(line: string): WrittenSeries {
  const end = endOfMetric(line);
  const metric = line.slice(0, end).trim();
  const slots = splitItems(line.slice(end)).flatMap(expandItem);
  return { labels: parseMetric(metric), slots };
}

function endOfMetric(line: string): number {
  let at = /^[A-Za-z_:][\w:.]*/.exec(line)?.[0].length ?? 0;
  const braces = /^\s*\{(?!\{)/.exec(line.slice(at));
  if (braces === null) {
    return at;
  }
  at += braces[0].length;
  let quote = '';
  for (; at < line.length; at += 1) {
    const character = line[at] ?? '';
    if (quote !== '') {
      if (character === '\\' && quote !== '`') {
        at += 1;
      } else if (character === quote) {
        quote = '';
      }
    } else if (character === '"' || character === "'" || character === '`') {
      quote = character;
    } else if (character === '}') {
      return at + 1;
    }
  }
  throw new ScriptError(`unclosed braces in ${line}`);
}

/** The label set of a metric written in PromQL notation. */
export function parseMetric(metric: string): Labels {
  if (/^\{\s*\}$/.test(metric)) {
    return Labels.EMPTY;
  }
  const expr = parse(metric);
  if (expr.kind !== 'vectorSelector' || expr.matchers.some((matcher) => matcher.operator !== '=')) {
    throw new ScriptError(`not a metric: ${metric}`);
  }
  return Labels.fromEntries(expr.matchers.map((matcher) => [matcher.name, matcher.value]));
}

function splitItems(text: string): string[] {
  return text.match(/(?:\{\{.*?\}\}|[^\s])+/g) ?? [];
}

const NUMBER = String.raw`[+-]?(?:\d+\.?\d*(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?|[iI]nf|NaN|nan)`;
const REPEATED = new RegExp(`^(${NUMBER})x(\\d+)$`);
const RISING = new RegExp(`^(${NUMBER})([+-])(${NUMBER})x(\\d+)$`);
const SINGLE = new RegExp(`^${NUMBER}$`);

function expandItem(item: string): Slot[] {
  const missing = /^_(?:x(\d+))?$/.exec(item);
  if (missing !== null) {
    return repeat('missing', Number(missing[1] ?? 1));
  }
  if (item === 'stale') {
    return [STALE];
  }
  if (item.startsWith('{{')) {
    const times = /\}\}x(\d+)$/.exec(item)?.[1];
    return repeat('histogram', times === undefined ? 1 : Number(times) + 1);
  }
  if (SINGLE.test(item)) {
    return [toNumber(item)];
  }
  const [, repeated, count] = REPEATED.exec(item) ?? [];
  if (repeated !== undefined) {
    return repeat(toNumber(repeated), Number(count) + 1);
  }
  const [, start, sign, step, times] = RISING.exec(item) ?? [];
  if (start === undefined || step === undefined) {
    throw new ScriptError(`not a sample: ${item}`);
  }
  const delta = sign === '-' ? -toNumber(step) : toNumber(step);
  // Prometheus adds up step by step, rounding as it goes.
  const slots = [toNumber(start)];
  for (let i = 0; i < Number(times); i += 1) {
    slots.push((slots.at(-1) ?? 0) + delta);
  }
  return slots;
}

function repeat(slot: Slot, times: number): Slot[] {
  return Array.from({ length: times }, () => slot);
}

function toNumber(text: string): number {
  return Number(text.replace(/^([+-]?)inf$/i, '$1Infinity').replace(/nan/i, 'NaN'));
}
