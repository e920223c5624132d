import { parseDuration } from '../model/duration.ts';
import { queryEscape } from './builtins.ts';
import { matchString, replaceAll } from './go-regex.ts';
import { humanize, humanize1024, humanizeDuration, humanizePercentage, humanizeTimestamp, timeOfSeconds } from './humanize.ts';
import { titleCase } from './text-case.ts';
import {
  type FunctionMap,
  fixed,
  GoDuration,
  GoList,
  GoMap,
  GoStruct,
  SafeText,
  stringArgument,
  stringMap,
  typeName,
  type Value,
  variadic,
} from './values.ts';

/** One sample of an instant query, for the template function `query`. */
export interface QuerySample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

export interface PrometheusFunctionDeps {
  /** Runs an instant query at the evaluation time. @throws Error with the engine's message */
  readonly query: (expr: string) => Promise<readonly QuerySample[]>;
  /** The evaluation time, epoch milliseconds. */
  readonly nowMs: number;
  readonly externalUrl: string;
}

const NOT_HERE: PrometheusFunctionDeps = {
  query: () => Promise.reject(new Error('query is not available while parsing')),
  nowMs: 0,
  externalUrl: '',
};

/** Prometheus' template functions; without `deps` they are only good for parse checks. */
export function prometheusFunctions(deps: PrometheusFunctionDeps = NOT_HERE): FunctionMap {
  return new Map([...queryFunctions(deps), ...NUMBERS, ...TEXT, ...linkFunctions(deps)]);
}

function queryFunctions(deps: PrometheusFunctionDeps): FunctionMap {
  return new Map([
    ['query', fixed(1, async ([expr]) => new GoList((await deps.query(stringArgument(expr))).map(toSample)))],
    ['first', fixed(1, ([samples]) => firstSample(samples))],
    ['label', fixed(2, ([name, sample]) => labelOf(sample, stringArgument(name)))],
    ['value', fixed(1, ([sample]) => sampleField(sample, 'Value'))],
    ['strvalue', fixed(1, ([sample]) => labelOf(sample, '__value__'))],
    ['sortByLabel', fixed(2, ([name, samples]) => sortByLabel(stringArgument(name), samples))],
    ['args', variadic(0, (values) => new GoMap(new Map(values.map((value, index) => [`arg${index}`, value]))))],
    ['now', fixed(0, () => deps.nowMs / 1000)],
  ]);
}

function toSample({ labels, value }: QuerySample): GoStruct {
  return new GoStruct('*template.sample', { Labels: stringMap(labels), Value: value });
}

function samplesOf(value: Value): readonly Value[] {
  if (!(value instanceof GoList)) {
    throw new Error(`wrong type for value; expected template.queryResult; got ${typeName(value)}`);
  }
  return value.items;
}

function firstSample(value: Value): Value {
  const samples = samplesOf(value);
  if (samples.length === 0) {
    throw new Error('first() called on vector with no elements');
  }
  return samples[0];
}

function sampleField(sample: Value, field: string): Value {
  if (!(sample instanceof GoStruct)) {
    throw new Error(`wrong type for value; expected *template.sample; got ${typeName(sample)}`);
  }
  return sample.fields.get(field);
}

function labelOf(sample: Value, name: string): string {
  const labels = sampleField(sample, 'Labels');
  const value = labels instanceof GoMap ? labels.entries.get(name) : undefined;
  return typeof value === 'string' ? value : '';
}

function sortByLabel(name: string, value: Value): GoList {
  const keyed = samplesOf(value).map((sample) => ({ sample, key: labelOf(sample, name) }));
  return new GoList(keyed.sort((a, b) => Number(a.key > b.key) - Number(a.key < b.key)).map(({ sample }) => sample));
}

/** A float, an int, a duration or a numeric string, as Prometheus converts them. @throws Error */
export function numberArgument(value: Value): number {
  if (typeof value === 'number') {
    return value;
  }
  if (typeof value === 'bigint') {
    return Number(value);
  }
  if (value instanceof GoDuration) {
    return value.seconds;
  }
  if (typeof value === 'string') {
    return parseGoFloat(value);
  }
  throw new Error(`can't convert ${typeName(value)} to float`);
}

function parseGoFloat(text: string): number {
  const special = /^([+-]?)(inf|infinity|nan)$/i.exec(text);
  if (special !== null) {
    const magnitude = special[2]?.toLowerCase() === 'nan' ? Number.NaN : Number.POSITIVE_INFINITY;
    return special[1] === '-' ? -magnitude : magnitude;
  }
  if (!/^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/.test(text)) {
    throw new Error(`strconv.ParseFloat: parsing ${JSON.stringify(text)}: invalid syntax`);
  }
  return Number(text);
}

const NUMBERS: FunctionMap = new Map([
  ['humanize', fixed(1, ([value]) => humanize(numberArgument(value)))],
  ['humanize1024', fixed(1, ([value]) => humanize1024(numberArgument(value)))],
  ['humanizeDuration', fixed(1, ([value]) => humanizeDuration(numberArgument(value)))],
  ['humanizePercentage', fixed(1, ([value]) => humanizePercentage(numberArgument(value)))],
  ['humanizeTimestamp', fixed(1, ([value]) => humanizeTimestamp(numberArgument(value)))],
  ['toTime', fixed(1, ([value]) => toTime(numberArgument(value)))],
  ['toDuration', fixed(1, ([value]) => toDuration(numberArgument(value)))],
  ['parseDuration', fixed(1, ([text]) => parseDurationSeconds(stringArgument(text)))],
]);

function toTime(value: number): Value {
  return Number.isFinite(value) ? timeOfSeconds(value) : null;
}

function toDuration(value: number): Value {
  return Number.isFinite(value) ? new GoDuration(value) : null;
}

/** Prometheus' duration text (`1h30m`) in seconds. @throws Error */
export function parseDurationSeconds(text: string): number {
  const isNegative = text.startsWith('-');
  const durationMs = parseDuration(isNegative ? text.slice(1) : text);
  if (durationMs === undefined) {
    throw new Error(`not a valid duration string: ${JSON.stringify(text)}`);
  }
  return ((isNegative ? -1 : 1) * durationMs) / 1000;
}

const TEXT: FunctionMap = new Map([
  ['title', fixed(1, ([text]) => titleCase(stringArgument(text)))],
  ['toUpper', fixed(1, ([text]) => stringArgument(text).toUpperCase())],
  ['toLower', fixed(1, ([text]) => stringArgument(text).toLowerCase())],
  ['match', fixed(2, ([pattern, text]) => matchString(stringArgument(pattern), stringArgument(text)))],
  [
    'reReplaceAll',
    fixed(3, ([pattern, replacement, text]) =>
      replaceAll(stringArgument(pattern), stringArgument(replacement), stringArgument(text)),
    ),
  ],
  ['stripPort', fixed(1, ([host]) => stripPort(stringArgument(host)))],
  ['stripDomain', fixed(1, ([host]) => stripDomain(stringArgument(host)))],
  ['urlQueryEscape', fixed(1, ([text]) => queryEscape(stringArgument(text)))],
  ['safeHtml', fixed(1, ([text]) => new SafeText('html', stringArgument(text)))],
]);

/** net.SplitHostPort's host; the text itself when it has no port. */
function stripPort(hostPort: string): string {
  const match = /^(?:\[([^[\]]*)\]|([^:[\]]*)):[^:]*$/.exec(hostPort);
  return match?.[1] ?? match?.[2] ?? hostPort;
}

function stripDomain(hostPort: string): string {
  const match = /^(?:\[([^[\]]*)\]|([^:[\]]*)):([^:]*)$/.exec(hostPort);
  const host = match?.[1] ?? match?.[2] ?? hostPort;
  const isAddress = /^\d+\.\d+\.\d+\.\d+$/.test(host) || host.includes(':');
  if (isAddress) {
    return hostPort;
  }
  const short = host.split('.')[0] ?? host;
  return match === null ? short : `${short}:${match[3]}`;
}

function linkFunctions(deps: PrometheusFunctionDeps): FunctionMap {
  return new Map([
    ['externalURL', fixed(0, () => deps.externalUrl)],
    ['pathPrefix', fixed(0, () => pathOf(deps.externalUrl))],
    ['graphLink', fixed(1, ([expr]) => `/graph?g0.expr=${queryEscape(stringArgument(expr))}&g0.tab=0`)],
    ['tableLink', fixed(1, ([expr]) => `/graph?g0.expr=${queryEscape(stringArgument(expr))}&g0.tab=1`)],
  ]);
}

function pathOf(url: string): string {
  return URL.canParse(url) ? new URL(url).pathname.replace(/\/$/, '') : '';
}
