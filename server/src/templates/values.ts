/**
 * The values a template works with. Go tells integers from floats, so an int is a `bigint` and a float64 is a `number`;
 * `undefined` is Go's "no value", `null` is nil. Containers are our own classes, so that no template can reach a JavaScript prototype.
 */
export type Value =
  | string
  | number
  | bigint
  | boolean
  | null
  | undefined
  | GoList
  | GoMap
  | GoStruct
  | GoTime
  | GoDuration
  | SafeText;

/** A function or method of a template. `call` gets between `min` and `max` arguments; it throws an Error to fail the template. */
export interface TemplateFunction {
  readonly min: number;
  readonly max: number;
  readonly call: (args: readonly Value[]) => Value | Promise<Value>;
}

export type FunctionMap = ReadonlyMap<string, TemplateFunction>;

const NONE: FunctionMap = new Map();

/** A slice, perhaps of a type with methods. */
export class GoList {
  readonly items: readonly Value[];
  readonly methods: FunctionMap;

  constructor(items: readonly Value[], methods: FunctionMap = NONE) {
    this.items = items;
    this.methods = methods;
  }
}

/** A map with string keys. A missing key gives `zero` (missingkey=zero). */
export class GoMap {
  readonly entries: ReadonlyMap<string, Value>;
  readonly zero: Value;
  readonly methods: FunctionMap;

  constructor(entries: ReadonlyMap<string, Value>, options: { readonly zero?: Value; readonly methods?: FunctionMap } = {}) {
    this.entries = entries;
    this.zero = options.zero;
    this.methods = options.methods ?? NONE;
  }

  /** The keys in Go's order of printing and ranging. */
  get sortedKeys(): readonly string[] {
    return [...this.entries.keys()].sort((a, b) => (a < b ? -1 : 1));
  }
}

/** A struct: unknown fields are errors. */
export class GoStruct {
  readonly typeName: string;
  readonly fields: ReadonlyMap<string, Value>;
  readonly methods: FunctionMap;

  constructor(typeName: string, fields: Readonly<Record<string, Value>>, methods: FunctionMap = NONE) {
    this.typeName = typeName;
    this.fields = new Map(Object.entries(fields));
    this.methods = methods;
  }
}

/** time.Time with millisecond precision; `zone` is an IANA name. */
export class GoTime {
  readonly epochMs: number;
  readonly zone: string;

  constructor(epochMs: number, zone = 'UTC') {
    this.epochMs = epochMs;
    this.zone = zone;
  }
}

/** time.Duration. */
export class GoDuration {
  readonly seconds: number;

  constructor(seconds: number) {
    this.seconds = seconds;
  }
}

/** Text that html escaping leaves alone (safeHtml) or that is a checked URL (safeUrl). Text templates print it as it is. */
export class SafeText {
  readonly kind: 'html' | 'url';
  readonly text: string;

  constructor(kind: 'html' | 'url', text: string) {
    this.kind = kind;
    this.text = text;
  }
}

/** A Go `map[string]string`: a missing key is the empty string. */
export function stringMap(record: Readonly<Record<string, string>>, methods: FunctionMap = NONE): GoMap {
  return new GoMap(new Map(Object.entries(record)), { zero: '', methods });
}

/** A function with exactly `count` arguments. */
export function fixed(count: number, call: TemplateFunction['call']): TemplateFunction {
  return { min: count, max: count, call };
}

/** A function with at least `min` arguments. */
export function variadic(min: number, call: TemplateFunction['call']): TemplateFunction {
  return { min, max: Number.POSITIVE_INFINITY, call };
}

/** Go's name of a value's type, for messages and %T. */
export function typeName(value: Value): string {
  if (value === null || value === undefined) {
    return '<nil>';
  }
  if (typeof value === 'object') {
    return objectTypeName(value);
  }
  return { string: 'string', number: 'float64', bigint: 'int', boolean: 'bool' }[typeof value as 'string'] ?? 'interface {}';
}

function objectTypeName(value: Exclude<Value, string | number | bigint | boolean | null | undefined>): string {
  if (value instanceof GoList) {
    return '[]interface {}';
  }
  if (value instanceof GoMap) {
    return value.zero === '' ? 'map[string]string' : 'map[string]interface {}';
  }
  if (value instanceof GoStruct) {
    return value.typeName;
  }
  if (value instanceof SafeText) {
    return value.kind === 'html' ? 'template.HTML' : 'template.URL';
  }
  return value instanceof GoTime ? 'time.Time' : 'time.Duration';
}

/** Go template truth: everything but zero values and empty containers. A struct is always true, NaN too. */
export function isTrue(value: Value): boolean {
  if (value instanceof GoList) {
    return value.items.length > 0;
  }
  if (value instanceof GoMap) {
    return value.entries.size > 0;
  }
  if (value instanceof SafeText) {
    return value.text !== '';
  }
  if (value instanceof GoDuration) {
    return value.seconds !== 0;
  }
  return typeof value === 'number' ? value !== 0 : Boolean(value);
}

/** The argument as text. @throws Error in Go's words when it is not a string. */
export function stringArgument(value: Value): string {
  if (value instanceof SafeText) {
    return value.text;
  }
  if (typeof value !== 'string') {
    throw new Error(`wrong type for value; expected string; got ${typeName(value)}`);
  }
  return value;
}

/** The argument as an integer. @throws Error when it is not an int. */
export function intArgument(value: Value): number {
  if (typeof value !== 'bigint') {
    throw new Error(`wrong type for value; expected int; got ${typeName(value)}`);
  }
  return Number(value);
}
