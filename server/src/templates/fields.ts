import { formatDuration, formatLayout, formatTime } from './go-time.ts';
import {
  type FunctionMap,
  fixed,
  GoDuration,
  GoList,
  GoMap,
  GoStruct,
  GoTime,
  stringArgument,
  type TemplateFunction,
  typeName,
  type Value,
} from './values.ts';

export type FoundField =
  | { readonly kind: 'value'; readonly value: Value }
  | { readonly kind: 'method'; readonly method: TemplateFunction }
  | { readonly kind: 'missing'; readonly reason: string };

/** What `.name` means on a value: a method first, then a field or a map entry, as in Go. */
export function resolveField(receiver: Value, name: string): FoundField {
  const method = methodsOf(receiver).get(name);
  if (method !== undefined) {
    return { kind: 'method', method };
  }
  if (receiver instanceof GoMap) {
    return { kind: 'value', value: receiver.entries.has(name) ? receiver.entries.get(name) : receiver.zero };
  }
  if (receiver instanceof GoStruct && receiver.fields.has(name)) {
    return { kind: 'value', value: receiver.fields.get(name) };
  }
  if (receiver === null || receiver === undefined) {
    return { kind: 'missing', reason: `nil data; no entry for key ${JSON.stringify(name)}` };
  }
  return { kind: 'missing', reason: `can't evaluate field ${name} in type ${typeName(receiver)}` };
}

const NONE: FunctionMap = new Map();

function methodsOf(receiver: Value): FunctionMap {
  if (receiver instanceof GoList || receiver instanceof GoMap || receiver instanceof GoStruct) {
    return receiver.methods;
  }
  if (receiver instanceof GoTime) {
    return timeMethods(receiver);
  }
  return receiver instanceof GoDuration ? durationMethods(receiver) : NONE;
}

function timeMethods(time: GoTime): FunctionMap {
  return new Map([
    ['Format', fixed(1, ([layout]) => formatLayout(time, stringArgument(layout)))],
    ['UTC', fixed(0, () => new GoTime(time.epochMs))],
    ['Local', fixed(0, () => new GoTime(time.epochMs))],
    ['Unix', fixed(0, () => BigInt(Math.floor(time.epochMs / 1000)))],
    ['UnixMilli', fixed(0, () => BigInt(time.epochMs))],
    ['IsZero', fixed(0, () => time.epochMs === GO_ZERO_TIME_MS)],
    ['String', fixed(0, () => formatTime(time))],
    ['Add', fixed(1, ([duration]) => new GoTime(time.epochMs + durationArgument(duration) * 1000, time.zone))],
    ['Sub', fixed(1, ([other]) => new GoDuration((time.epochMs - timeArgument(other)) / 1000))],
    ['After', fixed(1, ([other]) => time.epochMs > timeArgument(other))],
    ['Before', fixed(1, ([other]) => time.epochMs < timeArgument(other))],
  ]);
}

/** Go's zero time, 1 January of year 1. */
export const GO_ZERO_TIME_MS = -62_135_596_800_000;

function durationMethods(duration: GoDuration): FunctionMap {
  return new Map([
    ['Seconds', fixed(0, () => duration.seconds)],
    ['Minutes', fixed(0, () => duration.seconds / 60)],
    ['Hours', fixed(0, () => duration.seconds / 3600)],
    ['Milliseconds', fixed(0, () => BigInt(Math.trunc(duration.seconds * 1000)))],
    ['String', fixed(0, () => formatDuration(duration.seconds))],
  ]);
}

function durationArgument(value: Value): number {
  if (value instanceof GoDuration) {
    return value.seconds;
  }
  throw new Error(`wrong type for value; expected time.Duration; got ${typeName(value)}`);
}

function timeArgument(value: Value): number {
  if (value instanceof GoTime) {
    return value.epochMs;
  }
  throw new Error(`wrong type for value; expected time.Time; got ${typeName(value)}`);
}
