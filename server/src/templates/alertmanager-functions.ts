import { GO_ZERO_TIME_MS } from './fields.ts';
import { printValue } from './go-print.ts';
import { matchString, replaceAll } from './go-regex.ts';
import { formatLayout } from './go-time.ts';
import { humanizeDuration } from './humanize.ts';
import { numberArgument } from './prometheus-functions.ts';
import { titleCase } from './text-case.ts';
import {
  type FunctionMap,
  fixed,
  GoDuration,
  GoList,
  GoMap,
  GoStruct,
  GoTime,
  SafeText,
  stringArgument,
  typeName,
  type Value,
  variadic,
} from './values.ts';

export interface AlertmanagerFunctionDeps {
  /** Wall time, epoch milliseconds. */
  readonly nowMs: () => number;
}

/** Alertmanager's template functions. `routeLabels` is data there (`.RouteLabels`), so it is the caller's to add. */
export function alertmanagerFunctions(deps: AlertmanagerFunctionDeps): FunctionMap {
  return new Map([...TEXT, ...timeFunctions(deps), ...STRUCTURES]);
}

const TEXT: FunctionMap = new Map([
  ['toUpper', fixed(1, ([text]) => stringArgument(text).toUpperCase())],
  ['toLower', fixed(1, ([text]) => stringArgument(text).toLowerCase())],
  ['title', fixed(1, ([text]) => titleCase(stringArgument(text)))],
  ['trimSpace', fixed(1, ([text]) => stringArgument(text).trim())],
  ['join', fixed(2, ([separator, list]) => listOf(list).map(stringArgument).join(stringArgument(separator)))],
  ['match', fixed(2, ([pattern, text]) => matchString(stringArgument(pattern), stringArgument(text)))],
  ['safeHtml', fixed(1, ([text]) => new SafeText('html', stringArgument(text)))],
  ['safeUrl', fixed(1, ([text]) => new SafeText('url', stringArgument(text)))],
  ['urlUnescape', fixed(1, ([text]) => urlUnescape(stringArgument(text)))],
  [
    'reReplaceAll',
    fixed(3, ([pattern, replacement, text]) =>
      replaceAll(stringArgument(pattern), stringArgument(replacement), stringArgument(text)),
    ),
  ],
  ['stringSlice', variadic(0, (values) => new GoList(values.map(stringArgument)))],
  ['base64encode', fixed(1, ([text]) => encodeBase64(stringArgument(text)))],
  ['base64decode', fixed(1, ([text]) => decodeBase64(stringArgument(text)))],
]);

function listOf(value: Value): readonly Value[] {
  if (!(value instanceof GoList)) {
    throw new Error(`wrong type for value; expected []string; got ${typeName(value)}`);
  }
  return value.items;
}

function urlUnescape(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch (cause) {
    throw new Error(`invalid URL escape in ${JSON.stringify(text)}`, { cause });
  }
}

function encodeBase64(text: string): string {
  return btoa(String.fromCharCode(...new TextEncoder().encode(text)));
}

function decodeBase64(text: string): string {
  try {
    return new TextDecoder().decode(Uint8Array.from(atob(text), (character) => character.charCodeAt(0)));
  } catch (cause) {
    throw new Error('illegal base64 data', { cause });
  }
}

function timeFunctions(deps: AlertmanagerFunctionDeps): FunctionMap {
  return new Map([
    ['now', fixed(0, () => new GoTime(deps.nowMs()))],
    ['since', fixed(1, ([time]) => new GoDuration((deps.nowMs() - timeArgument(time).epochMs) / 1000))],
    ['date', fixed(2, ([layout, time]) => formatLayout(timeArgument(time), stringArgument(layout)))],
    ['tz', fixed(2, ([zone, time]) => inZone(stringArgument(zone), timeArgument(time)))],
    ['humanizeDuration', fixed(1, ([value]) => humanizeDuration(numberArgument(value)))],
    [
      'toDate',
      fixed(2, ([layout, text]) => parseTime(stringArgument(layout), stringArgument(text)) ?? new GoTime(GO_ZERO_TIME_MS)),
    ],
    ['mustToDate', fixed(2, ([layout, text]) => mustParseTime(stringArgument(layout), stringArgument(text)))],
  ]);
}

function timeArgument(value: Value): GoTime {
  if (!(value instanceof GoTime)) {
    throw new Error(`wrong type for value; expected time.Time; got ${typeName(value)}`);
  }
  return value;
}

function inZone(zone: string, time: GoTime): GoTime {
  const moved = new GoTime(time.epochMs, zone);
  try {
    formatLayout(moved, 'MST');
  } catch (cause) {
    throw new Error(`unknown time zone ${zone}`, { cause });
  }
  return moved;
}

const PARTS: Readonly<Record<string, string>> = {
  '2006': '(?<year>\\d{4})',
  '01': '(?<month>\\d{2})',
  '02': '(?<day>\\d{2})',
  '15': '(?<hour>\\d{2})',
  '04': '(?<minute>\\d{2})',
  '05': '(?<second>\\d{2})(?:[.,](?<fraction>\\d+))?',
  'Z07:00': '(?<zone>Z|[+-]\\d{2}:\\d{2})',
  '-0700': '(?<zone>[+-]\\d{4})',
  MST: 'UTC|GMT',
};

/** time.Parse for numeric layouts (RFC 3339 and its like). Null when the text does not fit. */
function parseTime(layout: string, text: string): GoTime | null {
  const source = layout.replace(/2006|Z07:00|-0700|MST|01|02|15|04|05|[\\^$.*+?()[\]{}|]/g, (part) => PARTS[part] ?? `\\${part}`);
  const groups = new RegExp(`^${source}$`).exec(text)?.groups;
  if (groups === undefined) {
    return null;
  }
  const {
    year = '0000',
    month = '01',
    day = '01',
    hour = '00',
    minute = '00',
    second = '00',
    fraction = '0',
    zone = 'Z',
  } = groups;
  const offset = zone.replace(/^([+-]\d{2})(\d{2})$/, '$1:$2');
  const epochMs = Date.parse(
    `${year}-${month}-${day}T${hour}:${minute}:${second}.${fraction.slice(0, 3).padEnd(3, '0')}${offset}`,
  );
  return Number.isNaN(epochMs) ? null : new GoTime(epochMs);
}

function mustParseTime(layout: string, text: string): GoTime {
  const time = parseTime(layout, text);
  if (time === null) {
    throw new Error(`parsing time ${JSON.stringify(text)} as ${JSON.stringify(layout)}: cannot parse`);
  }
  return time;
}

const STRUCTURES: FunctionMap = new Map([
  ['list', variadic(0, (values) => new GoList(values))],
  ['append', variadic(1, ([list, ...values]) => new GoList([...listOf(list), ...values]))],
  ['dict', variadic(0, (values) => toDict(values))],
  ['toJson', fixed(1, ([value]) => JSON.stringify(toPlain(value)))],
]);

function toDict(values: readonly Value[]): GoMap {
  if (values.length % 2 !== 0) {
    throw new Error('dict expects an even number of arguments: key, value, …');
  }
  const keys = values.filter((_, index) => index % 2 === 0).map(stringArgument);
  return new GoMap(new Map(keys.map((key, index) => [key, values[index * 2 + 1]])));
}

function toPlain(value: Value): unknown {
  if (value instanceof GoList) {
    return value.items.map(toPlain);
  }
  if (value instanceof GoMap) {
    return Object.fromEntries(value.sortedKeys.map((key) => [key, toPlain(value.entries.get(key))]));
  }
  if (value instanceof GoStruct) {
    return Object.fromEntries([...value.fields].map(([key, field]) => [key, toPlain(field)]));
  }
  if (value instanceof GoTime) {
    return formatLayout(value, '2006-01-02T15:04:05.999999999Z07:00');
  }
  if (value instanceof GoDuration) {
    return Math.round(value.seconds * 1e9);
  }
  if (typeof value === 'bigint') {
    return Number(value);
  }
  return value instanceof SafeText ? printValue(value) : (value ?? null);
}
