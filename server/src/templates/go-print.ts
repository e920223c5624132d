import { formatFloat } from './go-number.ts';
import { formatDuration, formatTime } from './go-time.ts';
import { GoDuration, GoList, GoMap, GoStruct, GoTime, SafeText, typeName, type Value } from './values.ts';

/** A value as Go's %v prints it; nil is `<nil>`. */
export function printValue(value: Value): string {
  if (value === null || value === undefined) {
    return '<nil>';
  }
  if (typeof value === 'number') {
    return formatFloat(value, 'g', -1);
  }
  return typeof value === 'object' ? printObject(value) : String(value);
}

function printObject(value: Exclude<Value, string | number | bigint | boolean | null | undefined>): string {
  if (value instanceof GoList) {
    return `[${value.items.map(printValue).join(' ')}]`;
  }
  if (value instanceof GoMap) {
    return `map[${value.sortedKeys.map((key) => `${key}:${printValue(value.entries.get(key))}`).join(' ')}]`;
  }
  if (value instanceof GoStruct) {
    return `{${[...value.fields.values()].map(printValue).join(' ')}}`;
  }
  if (value instanceof SafeText) {
    return value.text;
  }
  return value instanceof GoTime ? formatTime(value) : formatDuration(value.seconds);
}

/** fmt.Sprint: a space between operands when neither is a string. */
export function sprint(values: readonly Value[]): string {
  return values
    .map((value, index) => {
      const before = values[index - 1];
      const isSpaced = index > 0 && typeof before !== 'string' && typeof value !== 'string';
      return (isSpaced ? ' ' : '') + printValue(value);
    })
    .join('');
}

/** fmt.Sprintln: always spaced, with a newline. */
export function sprintln(values: readonly Value[]): string {
  return `${values.map(printValue).join(' ')}\n`;
}

interface Verb {
  readonly letter: string;
  readonly flags: string;
  readonly width: number;
  /** -1 when not given. */
  readonly precision: number;
}

const DIRECTIVE = /%([+\-# 0]*)(\d+|\*)?(?:\.(\d+|\*)?)?(.)?/gsu;
const HAS_POINT = /^%[+\-# 0]*(?:\d+|\*)?\./;
const MAX_WIDTH = 1000;

/** fmt.Sprintf for the verbs %v %s %q %d %f %g %e %x %X %o %b %c %U %t %T %%, with flags, width, precision and `*`. */
export function sprintf(format: string, values: readonly Value[]): string {
  let next = 0;
  const take = (): Value => values[next++];
  const size = (text: string | undefined): number => Number(text === '*' ? take() : (text ?? 0));
  const printed = format.replace(DIRECTIVE, (directive: string, ...parts: (string | undefined)[]) => {
    const [flags = '', widthText, precisionText, letter] = parts;
    const width = size(widthText);
    const precision = HAS_POINT.test(directive) ? size(precisionText) : -1;
    if (letter === undefined) {
      return '%!(NOVERB)';
    }
    if (letter === '%') {
      return '%';
    }
    if (next >= values.length) {
      return `%!${letter}(MISSING)`;
    }
    const isLeft = width < 0 || flags.includes('-');
    const verb: Verb = { letter, flags: isLeft ? `${flags}-` : flags, width: Math.min(Math.abs(width), MAX_WIDTH), precision };
    return formatVerb(verb, take());
  });
  const extra = values.slice(next);
  return extra.length === 0
    ? printed
    : `${printed}%!(EXTRA ${extra.map((value) => `${typeName(value)}=${printValue(value)}`).join(', ')})`;
}

function formatVerb(verb: Verb, value: Value): string {
  const body = bodyOf(verb, value);
  if (body === null) {
    return `%!${verb.letter}(${value === null || value === undefined ? '<nil>' : `${typeName(value)}=${printValue(value)}`})`;
  }
  return pad(verb, body, isNumeric(value));
}

function isNumeric(value: Value): boolean {
  return typeof value === 'number' ? Number.isFinite(value) : typeof value === 'bigint';
}

function pad({ flags, width }: Verb, body: string, isNumber: boolean): string {
  if (flags.includes('-')) {
    return body.padEnd(width);
  }
  if (!flags.includes('0') || !isNumber) {
    return body.padStart(width);
  }
  const sign = /^[+\- ]/.test(body) ? body.slice(0, 1) : '';
  return sign + body.slice(sign.length).padStart(width - sign.length, '0');
}

function bodyOf(verb: Verb, value: Value): string | null {
  if (verb.letter === 'T') {
    return typeName(value);
  }
  if (verb.letter === 'v') {
    return formatDefault(verb, value);
  }
  switch (typeof value) {
    case 'number':
      return formatFloatVerb(verb, value);
    case 'bigint':
      return formatIntVerb(verb, value);
    case 'boolean':
      return verb.letter === 't' ? String(value) : null;
    case 'string':
      return formatStringVerb(verb, value);
    default:
      return formatObjectVerb(verb, value);
  }
}

function formatDefault(verb: Verb, value: Value): string {
  if (typeof value === 'number') {
    return withSign(verb, formatFloat(value, 'g', verb.precision));
  }
  if (typeof value === 'bigint') {
    return withSign(verb, value.toString());
  }
  return verb.flags.includes('#') && typeof value === 'string' ? quoteGo(value) : printValue(value);
}

function formatObjectVerb(verb: Verb, value: Value): string | null {
  if (value instanceof GoDuration && verb.letter === 'd') {
    return String(Math.round(value.seconds * 1e9));
  }
  if (value instanceof GoList) {
    return `[${value.items.map((item) => formatVerb({ ...verb, width: 0 }, item)).join(' ')}]`;
  }
  if (value instanceof GoTime || value instanceof GoDuration || value instanceof SafeText) {
    return formatStringVerb(verb, printValue(value));
  }
  return verb.letter === 's' && value !== null && value !== undefined ? printValue(value) : null;
}

function withSign({ flags }: Verb, body: string): string {
  const isSigned = /^[+-]/.test(body);
  if (flags.includes('+') && !isSigned && body !== 'NaN') {
    return `+${body}`;
  }
  return flags.includes(' ') && !isSigned ? ` ${body}` : body;
}

function formatFloatVerb(verb: Verb, value: number): string | null {
  const isUpper = /[EFG]/.test(verb.letter);
  const letter = verb.letter.toLowerCase();
  if (letter !== 'e' && letter !== 'f' && letter !== 'g') {
    return null;
  }
  const byDefault = letter === 'g' ? -1 : 6;
  const body = withSign(verb, formatFloat(value, letter, verb.precision < 0 ? byDefault : verb.precision));
  return isUpper && Number.isFinite(value) ? body.toUpperCase() : body;
}

const RADIX: Readonly<Record<string, number>> = { d: 10, x: 16, X: 16, o: 8, b: 2 };

function formatIntVerb(verb: Verb, value: bigint): string | null {
  const radix = RADIX[verb.letter];
  if (radix !== undefined) {
    const magnitude = (value < 0n ? -value : value).toString(radix).padStart(Math.max(verb.precision, 0), '0');
    const prefix = verb.flags.includes('#') && radix === 16 ? '0x' : '';
    const body = withSign(verb, `${value < 0n ? '-' : ''}${prefix}${magnitude}`);
    return verb.letter === 'X' ? body.toUpperCase() : body;
  }
  const isCharacter = value >= 0n && value <= 0x10ffffn;
  const character = isCharacter ? String.fromCodePoint(Number(value)) : '\ufffd';
  switch (verb.letter) {
    case 'c':
      return character;
    case 'q':
      return `'${character}'`;
    case 'U':
      return `U+${value.toString(16).toUpperCase().padStart(4, '0')}`;
    default:
      return null;
  }
}

function formatStringVerb(verb: Verb, value: string): string | null {
  const text = verb.precision >= 0 ? [...value].slice(0, verb.precision).join('') : value;
  switch (verb.letter) {
    case 's':
      return text;
    case 'q':
      return verb.flags.includes('#') && !text.includes('`') ? `\`${text}\`` : quoteGo(text);
    case 'x':
      return hex(text);
    case 'X':
      return hex(text).toUpperCase();
    default:
      return null;
  }
}

function hex(text: string): string {
  return [...new TextEncoder().encode(text)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

const ESCAPES: Readonly<Record<string, string>> = {
  '\x07': '\\a',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\v': '\\v',
  '"': '\\"',
  '\\': '\\\\',
};

/** strconv.Quote: control and unprintable characters escaped, printable Unicode kept. */
export function quoteGo(text: string): string {
  const body = text.replace(/["\\\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}]|(?! )\p{Zs}/gu, (character) => {
    const code = character.codePointAt(0) ?? 0;
    const short = ESCAPES[character];
    if (short !== undefined) {
      return short;
    }
    if (code < 0x80) {
      return `\\x${code.toString(16).padStart(2, '0')}`;
    }
    return code > 0xffff ? `\\U${code.toString(16).padStart(8, '0')}` : `\\u${code.toString(16).padStart(4, '0')}`;
  });
  return `"${body}"`;
}
