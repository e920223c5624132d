/**
 * A sample value as Prometheus writes it: the shortest decimal that reads back as the same number, never with an exponent
 * (Go's `strconv.FormatFloat(v, 'f', -1, 64)`).
 */
export function formatSampleValue(value: number): string {
  if (Number.isNaN(value)) {
    return 'NaN';
  }
  if (!Number.isFinite(value)) {
    return value > 0 ? '+Inf' : '-Inf';
  }
  const text = Object.is(value, -0) ? '-0' : String(value);
  const match = /^(-?)(\d)(?:\.(\d+))?e([+-]\d+)$/.exec(text);
  if (match === null) {
    return text;
  }
  const [, sign = '', lead = '', fraction = '', exponent = '0'] = match;
  const power = Number(exponent);
  const digits = lead + fraction;
  return power < 0 ? `${sign}0.${'0'.repeat(-power - 1)}${digits}` : sign + digits.padEnd(power + 1, '0');
}

/** A number as Go's `%v` (`exponentFrom` 21) or `%g` (`exponentFrom` 6) prints it: an exponent only for very large or small ones. */
export function formatGoFloat(value: number, exponentFrom: 6 | 21 = 21): string {
  if (value === 0 || !Number.isFinite(value)) {
    return formatSampleValue(value);
  }
  const [mantissa = '', exponent = '0'] = value.toExponential().split('e');
  const power = Number(exponent);
  const digits = mantissa.replace(/[-.]/g, '').length;
  const limit = exponentFrom === 6 && digits > 6 ? Math.max(6, digits) : exponentFrom;
  if (power >= -4 && power < limit) {
    return formatSampleValue(value);
  }
  return `${mantissa}e${power < 0 ? '-' : '+'}${String(Math.abs(power)).padStart(2, '0')}`;
}

/** A text as Go's `%q` prints it. Bytes that are not UTF-8 (lone surrogates U+DC80 to U+DCFF here) come out as `\xNN`. */
export function quoteGo(text: string): string {
  return `"${text.replace(/["\\\p{Cc}\udc80-\udcff]/gu, quoteCharacter)}"`;
}

const NAMED_ESCAPES: ReadonlyMap<string, string> = new Map([
  ['"', '\\"'],
  ['\\', '\\\\'],
  ['\x07', '\\a'],
  ['\b', '\\b'],
  ['\f', '\\f'],
  ['\n', '\\n'],
  ['\r', '\\r'],
  ['\t', '\\t'],
  ['\v', '\\v'],
]);

function quoteCharacter(character: string): string {
  const code = character.charCodeAt(0);
  const byte = code & 0xff;
  if (code >= 0x80 && code < 0xa0) {
    return `\\u${code.toString(16).padStart(4, '0')}`;
  }
  return NAMED_ESCAPES.get(character) ?? `\\x${byte.toString(16).padStart(2, '0')}`;
}
