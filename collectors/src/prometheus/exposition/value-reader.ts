import { LineProblem } from './exposition-error.ts';
import type { ExpositionFormat } from './format.ts';
import { parseGoFloat, parseMilliseconds, parseSeconds } from './go-number.ts';
import { skipLabelList } from './series-text.ts';

const LINE_END = 10;
const BLANK = 32;
const TAB = 9;
const HASH = 35;
const MINUS = 45;
const POINT = 46;
const ZERO = 48;
const NINE = 57;
/** A decimal of up to 15 digits divided by a power of ten up to 10^22 is correctly rounded (Clinger, 1990). */
const EXACT_DIGITS = 15;
const POWERS_OF_TEN = Array.from({ length: EXACT_DIGITS + 1 }, (_, exponent) => 10 ** exponent);

/** Reads what follows the series in a line: value, timestamp, exemplar. Holds the outcome of the last read in its fields. */
export class ValueReader {
  readonly body: string;
  readonly format: ExpositionFormat;
  value = 0;
  /** NaN when the line carries none. */
  timestampMs = Number.NaN;
  /** Index behind the line end. */
  next = 0;

  constructor(body: string, format: ExpositionFormat) {
    this.body = body;
    this.format = format;
  }

  /**
   * Reads from `at` when the predicted line is a sample; for a comment there is nothing to read. False when what stands
   * there is no value, so that the line must be parsed in full (which then finds either another series or the problem).
   */
  accepts(series: unknown, at: number): boolean {
    if (series === null) {
      this.next = at;
      return true;
    }
    return this.#readShortDecimal(at) || this.#readLong(at);
  }

  /** @throws LineProblem */
  read(at: number): void {
    if (!this.#readShortDecimal(at) && !this.#readLong(at)) {
      throw new LineProblem(`expected a value, got ${JSON.stringify(this.body.slice(at, this.#tokenEnd(at)).slice(0, 30))}`);
    }
  }

  /** The usual case, `-12.5\n`, without making a string. */
  #readShortDecimal(at: number): boolean {
    const body = this.body;
    let index = at;
    let code = body.charCodeAt(index);
    const negative = code === MINUS;
    if (negative) {
      code = body.charCodeAt(++index);
    }
    const firstDigit = index;
    let digits = 0;
    while (code >= ZERO && code <= NINE) {
      digits = digits * 10 + (code - ZERO);
      code = body.charCodeAt(++index);
    }
    let length = index - firstDigit;
    let scale = 0;
    if (code === POINT) {
      code = body.charCodeAt(++index);
      while (code >= ZERO && code <= NINE) {
        digits = digits * 10 + (code - ZERO);
        scale += 1;
        code = body.charCodeAt(++index);
      }
      length += scale;
    }
    if (code !== LINE_END || length === 0 || length > EXACT_DIGITS) {
      return false;
    }
    const magnitude = scale === 0 ? digits : digits / (POWERS_OF_TEN[scale] ?? 1);
    this.value = negative ? -magnitude : magnitude;
    this.timestampMs = Number.NaN;
    this.next = index + 1;
    return true;
  }

  /** Any value, with what may follow it. False when there is no value. */
  #readLong(at: number): boolean {
    const valueEnd = this.#tokenEnd(at);
    const value = parseGoFloat(this.body.slice(at, valueEnd));
    if (value === undefined) {
      return false;
    }
    this.value = value;
    this.timestampMs = Number.NaN;
    let index = this.#skipBlanks(valueEnd);
    if (this.body.charCodeAt(index) !== LINE_END && this.body.charCodeAt(index) !== HASH) {
      index = this.#readTimestamp(index);
    }
    if (this.body.charCodeAt(index) === HASH && this.format === 'openmetrics') {
      index = this.#skipExemplar(index);
    }
    if (this.body.charCodeAt(index) !== LINE_END) {
      throw new LineProblem('unexpected text after the sample');
    }
    this.next = index + 1;
    return true;
  }

  #readTimestamp(at: number): number {
    const end = this.#tokenEnd(at);
    const token = this.body.slice(at, end);
    const timestampMs = this.format === 'openmetrics' ? parseSeconds(token) : parseMilliseconds(token);
    if (timestampMs === undefined) {
      throw new LineProblem(`expected a timestamp, got ${JSON.stringify(token.slice(0, 30))}`);
    }
    this.timestampMs = timestampMs;
    return this.#skipBlanks(end);
  }

  /** `# {trace_id="…"} 0.67 1520879607.789`: checked, then forgotten; the store keeps no exemplars. */
  #skipExemplar(at: number): number {
    const lineEnd = this.body.indexOf('\n', at);
    const line = this.body.slice(at, lineEnd);
    const tokens = line
      .slice(skipLabelList(line, line.indexOf('{') === 2 ? 2 : 1))
      .trim()
      .split(' ');
    if (tokens.length > 2 || tokens.some((token) => parseGoFloat(token) === undefined)) {
      throw new LineProblem('malformed exemplar');
    }
    return lineEnd;
  }

  #tokenEnd(at: number): number {
    let index = at;
    for (;;) {
      const code = this.body.charCodeAt(index);
      if (code === LINE_END || code === BLANK || code === TAB || Number.isNaN(code)) {
        return index;
      }
      index += 1;
    }
  }

  #skipBlanks(at: number): number {
    let index = at;
    while (this.body.charCodeAt(index) === BLANK || this.body.charCodeAt(index) === TAB) {
      index += 1;
    }
    return index;
  }
}
