import { printValue, sprint, sprintf, sprintln } from './go-print.ts';
import { escapeHtml } from './html-output.ts';
import {
  type FunctionMap,
  fixed,
  GoList,
  GoMap,
  GoTime,
  intArgument,
  isTrue,
  stringArgument,
  typeName,
  type Value,
  variadic,
} from './values.ts';

/** Go's predefined functions, without `and` and `or`, which the evaluator runs because they stop early. */
export const BUILTINS: FunctionMap = new Map([
  ['not', fixed(1, ([value]) => !isTrue(value))],
  ['eq', variadic(2, ([first, ...others]) => others.some((other) => equal(first, other)))],
  ['ne', fixed(2, ([a, b]) => !equal(a, b))],
  ['lt', fixed(2, ([a, b]) => compare(a, b) < 0)],
  ['le', fixed(2, ([a, b]) => compare(a, b) <= 0)],
  ['gt', fixed(2, ([a, b]) => compare(a, b) > 0)],
  ['ge', fixed(2, ([a, b]) => compare(a, b) >= 0)],
  ['len', fixed(1, ([value]) => BigInt(length(value)))],
  ['index', variadic(1, ([value, ...keys]) => keys.reduce(indexOne, value))],
  ['slice', variadic(1, ([value, ...bounds]) => slice(value, bounds.map(intArgument)))],
  ['print', variadic(0, (values) => sprint(values))],
  ['println', variadic(0, (values) => sprintln(values))],
  ['printf', variadic(1, ([format, ...values]) => sprintf(stringArgument(format), values))],
  ['html', variadic(1, (values) => escapeHtml(join(values)))],
  ['js', variadic(1, (values) => escapeJs(join(values)))],
  ['urlquery', variadic(1, (values) => queryEscape(join(values)))],
]);

/** Names the parser must know beyond BUILTINS. */
export const SHORT_CIRCUIT: ReadonlySet<string> = new Set(['and', 'or']);

function join(values: readonly Value[]): string {
  const [only] = values;
  return values.length === 1 ? printValue(only) : sprint(values);
}

/** url.QueryEscape. */
export function queryEscape(text: string): string {
  return encodeURIComponent(text.toWellFormed())
    .replace(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`)
    .replaceAll('%20', '+');
}

const JS_ESCAPES: Readonly<Record<string, string>> = {
  '\\': '\\\\',
  "'": "\\'",
  '"': '\\"',
  '<': '\\u003C',
  '>': '\\u003E',
  '&': '\\u0026',
  '=': '\\u003D',
};

function escapeJs(text: string): string {
  return text.replace(
    /[\\'"<>&=\p{Cc}\u2028\u2029]/gu,
    (character) => JS_ESCAPES[character] ?? `\\u${character.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}`,
  );
}

function requireSameKind(a: Value, b: Value): void {
  if (typeName(a) !== typeName(b)) {
    throw new Error(`incompatible types for comparison: ${typeName(a)} and ${typeName(b)}`);
  }
}

function equal(a: Value, b: Value): boolean {
  if (a === null || a === undefined || b === null || b === undefined) {
    return (a ?? null) === (b ?? null);
  }
  requireSameKind(a, b);
  if (a instanceof GoTime && b instanceof GoTime) {
    return a.epochMs === b.epochMs;
  }
  if (a instanceof GoList || a instanceof GoMap) {
    throw new Error(`non-comparable type ${typeName(a)}`);
  }
  return typeof a === 'object' ? printValue(a) === printValue(b) : a === b;
}

function compare(a: Value, b: Value): number {
  requireSameKind(a, b);
  const isBasic = typeof a === 'string' || typeof a === 'number' || typeof a === 'bigint';
  if (!isBasic || a === undefined || b === undefined || b === null) {
    throw new Error(`invalid type for comparison: ${typeName(a)}`);
  }
  if (a === b) {
    return 0;
  }
  if (Number.isNaN(a) || Number.isNaN(b)) {
    return Number.NaN;
  }
  return a < b ? -1 : 1;
}

function length(value: Value): number {
  if (typeof value === 'string') {
    return new TextEncoder().encode(value).length;
  }
  if (value instanceof GoList) {
    return value.items.length;
  }
  if (value instanceof GoMap) {
    return value.entries.size;
  }
  throw new Error(`len of type ${typeName(value)}`);
}

function indexOne(value: Value, key: Value): Value {
  if (value instanceof GoMap) {
    const name = stringArgument(key);
    return value.entries.has(name) ? value.entries.get(name) : value.zero;
  }
  const at = intArgument(key);
  const size = value instanceof GoList || typeof value === 'string' ? length(value) : -1;
  if (size < 0) {
    throw new Error(`can't index item of type ${typeName(value)}`);
  }
  if (at < 0 || at >= size) {
    throw new Error(`index out of range: ${at}`);
  }
  return value instanceof GoList ? value.items[at] : BigInt(new TextEncoder().encode(String(value))[at] ?? 0);
}

function slice(value: Value, bounds: readonly number[]): Value {
  const size = length(value);
  const [from = 0, to = size] = bounds;
  if (from < 0 || to > size || from > to) {
    throw new Error(`slice out of range: [${from}:${to}] of length ${size}`);
  }
  if (value instanceof GoList) {
    return new GoList(value.items.slice(from, to));
  }
  return new TextDecoder().decode(new TextEncoder().encode(stringArgument(value)).slice(from, to));
}
