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
  const body = JSON.stringify(text).slice(1, -1);
  return `"${body.replace(/\\u(?:dc([89a-f][0-9a-f])|00([01][0-9a-f]))/g, (_all, byte: string | undefined, control: string) => `\\x${byte ?? control}`).replace(/\u007f/g, '\\x7f')}"`;
}
