const DECIMAL = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;
const INFINITE = /^([+-]?)inf(?:inity)?$/i;

/**
 * A float as Prometheus reads it (Go's ParseFloat without hexadecimal and underscores): decimal and exponent notation, `NaN`,
 * `Inf`, `+Inf`, `-Inf`, `Infinity` in any case. Undefined when it is not one, or overflows.
 */
export function parseGoFloat(text: string): number | undefined {
  if (DECIMAL.test(text)) {
    const value = Number(text);
    return Number.isFinite(value) ? value : undefined;
  }
  const infinite = INFINITE.exec(text);
  if (infinite !== null) {
    return infinite[1] === '-' ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  }
  return text.toLowerCase() === 'nan' ? Number.NaN : undefined;
}

/** Milliseconds of a text-format timestamp (a whole number of milliseconds). */
export function parseMilliseconds(text: string): number | undefined {
  const value = /^[+-]?\d+$/.test(text) ? Number(text) : Number.NaN;
  return Number.isSafeInteger(value) ? value : undefined;
}

/** Milliseconds of an OpenMetrics timestamp (seconds with a fraction), cut to whole milliseconds as Prometheus does. */
export function parseSeconds(text: string): number | undefined {
  const seconds = parseGoFloat(text);
  const value = seconds === undefined ? Number.NaN : Math.trunc(seconds * 1000);
  return Number.isSafeInteger(value) ? value : undefined;
}
