import type { LabelSet } from '@tila/contract/labels.ts';
import { LineProblem } from './exposition-error.ts';

export interface SeriesText {
  /** `__name__` and the labels, without those whose value is empty. */
  readonly labels: LabelSet;
  /** Index just behind the series and the white space that follows it. */
  readonly end: number;
}

const METRIC_NAME = /[a-zA-Z_:][a-zA-Z0-9_:]*/y;
const LABEL_NAME = /[a-zA-Z_][a-zA-Z0-9_]*/y;
const QUOTED = /"((?:[^"\\\n]|\\[^\n])*)"/y;
const BLANKS = /[ \t]*/y;
const FORBIDDEN_NAME = '__proto__';

/**
 * Reads `name{a="b"} ` from the start of a line, or the UTF-8 form `{"name", "a.b"="c"} ` of Prometheus 3.
 * @throws LineProblem when it is not a series.
 */
export function readSeries(line: string, start = 0): SeriesText {
  return readPlain(line, start) ?? new SeriesReader(line, start).read();
}

const QUOTE = 34;
const COMMA = 44;
const EQUALS = 61;
const BACKSLASH = 92;
const OPEN = 123;
const CLOSE = 125;
const SPACE = 32;

/**
 * The usual spelling, `name{a="b",c="d"} `, without escapes and spare blanks. Null for every other, right or wrong: names that come
 * twice, are odd or forbidden among them.
 */
function readPlain(line: string, start: number): SeriesText | null {
  let at = endOfName(line, start);
  if (at === start) {
    return null;
  }
  const labels: Record<string, string> = { __name__: line.slice(start, at) };
  if (line.charCodeAt(at) === OPEN) {
    at += 1;
    for (let isMore = true; isMore; at += 1) {
      const name = line.slice(at, endOfName(line, at));
      const valueAt = at + name.length + 2;
      const valueEnd = endOfValue(line, valueAt);
      if (
        !isPlainLabel(name) ||
        name in labels ||
        line.charCodeAt(valueAt - 2) !== EQUALS ||
        line.charCodeAt(valueAt - 1) !== QUOTE
      ) {
        return null;
      }
      if (valueEnd < 0) {
        return null;
      }
      if (valueEnd > valueAt) {
        labels[name] = line.slice(valueAt, valueEnd);
      }
      at = valueEnd + 1;
      isMore = line.charCodeAt(at) === COMMA;
      if (!isMore && line.charCodeAt(at) !== CLOSE) {
        return null;
      }
    }
  }
  const next = line.charCodeAt(at + 1);
  return line.charCodeAt(at) === SPACE && next > SPACE && next !== OPEN ? { labels, end: at + 1 } : null;
}

/** Behind `[a-zA-Z_:][a-zA-Z0-9_:]*`, which is nothing when the first character does not fit. */
function endOfName(line: string, start: number): number {
  let at = start;
  for (;;) {
    const code = line.charCodeAt(at);
    const isLetter = (code | 32) >= 97 && (code | 32) <= 122;
    // 0 to 9 and the colon follow one another.
    const isDigit = code >= 48 && code <= 58 && (at > start || code === 58);
    if (!isLetter && !isDigit && code !== 95) {
      return at;
    }
    at += 1;
  }
}

/** Where the closing quote is, or -1 when the value has escapes or does not end. */
function endOfValue(line: string, start: number): number {
  for (let at = start; at < line.length; at += 1) {
    const code = line.charCodeAt(at);
    if (code === QUOTE) {
      return at;
    }
    if (code === BACKSLASH) {
      return -1;
    }
  }
  return -1;
}

/** `name in labels` also knows what every object has, such as `constructor`; such names are left to the full reader. */
function isPlainLabel(name: string): boolean {
  return name !== '' && !name.includes(':') && name !== FORBIDDEN_NAME;
}

/** A `{…}` list alone, as exemplars carry it. Returns the index behind the closing brace. */
export function skipLabelList(line: string, start: number): number {
  const reader = new SeriesReader(line, start);
  return reader.readLabelList();
}

class SeriesReader {
  readonly #line: string;
  readonly #labels = new Map<string, string>();
  #at: number;

  constructor(line: string, start: number) {
    this.#line = line;
    this.#at = start;
  }

  read(): SeriesText {
    const name = this.#take(METRIC_NAME);
    if (name !== undefined) {
      this.#labels.set('__name__', name);
    }
    const beforeBlanks = this.#at;
    this.#skipBlanks();
    if (this.#line[this.#at] === '{') {
      this.readLabelList();
      this.#skipBlanks();
    } else if (name === undefined) {
      throw new LineProblem('expected a metric name');
    } else if (this.#at === beforeBlanks) {
      throw new LineProblem(`expected a blank or "{" after the metric name, got ${this.#got()}`);
    }
    if (!this.#labels.has('__name__')) {
      throw new LineProblem('the series has no metric name');
    }
    return { labels: withoutEmpty(this.#labels), end: this.#at };
  }

  readLabelList(): number {
    this.#expect('{');
    this.#skipBlanks();
    while (this.#line[this.#at] !== '}') {
      this.#readItem();
      this.#skipBlanks();
      if (this.#line[this.#at] !== '}') {
        this.#expect(',');
        this.#skipBlanks();
      }
    }
    this.#at += 1;
    return this.#at;
  }

  #readItem(): void {
    const quoted = this.#line[this.#at] === '"';
    const name = quoted ? this.#readQuoted() : this.#take(LABEL_NAME);
    if (name === undefined || name === '') {
      throw new LineProblem(`expected a label name, got ${this.#got()}`);
    }
    this.#skipBlanks();
    if (quoted && this.#line[this.#at] !== '=') {
      this.#set('__name__', name);
      return;
    }
    this.#expect('=');
    this.#skipBlanks();
    this.#set(name, this.#readQuoted());
  }

  #set(name: string, value: string): void {
    if (name === FORBIDDEN_NAME) {
      throw new LineProblem(`the label name ${FORBIDDEN_NAME} is not allowed`);
    }
    if (this.#labels.has(name)) {
      throw new LineProblem(name === '__name__' ? 'the metric name is given twice' : `label ${name} is given twice`);
    }
    this.#labels.set(name, value);
  }

  #readQuoted(): string {
    QUOTED.lastIndex = this.#at;
    const match = QUOTED.exec(this.#line);
    if (match === null) {
      throw new LineProblem(`expected a quoted string, got ${this.#got()}`);
    }
    this.#at = QUOTED.lastIndex;
    return unescapeQuoted(match[1] ?? '');
  }

  #take(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const match = pattern.exec(this.#line);
    if (match === null) {
      return undefined;
    }
    this.#at = pattern.lastIndex;
    return match[0];
  }

  #skipBlanks(): void {
    this.#take(BLANKS);
  }

  #expect(character: string): void {
    if (this.#line[this.#at] !== character) {
      throw new LineProblem(`expected "${character}", got ${this.#got()}`);
    }
    this.#at += 1;
  }

  #got(): string {
    return this.#at >= this.#line.length ? 'the end of the line' : JSON.stringify(this.#line.slice(this.#at, this.#at + 10));
  }
}

/** Undoes `\\`, `\"` and `\n`; any other escape stays as it is written, as in Prometheus. */
export function unescapeQuoted(text: string): string {
  if (!text.includes('\\')) {
    return text;
  }
  return text.replace(/\\(.)/g, (whole, character: string) => {
    if (character === 'n') {
      return '\n';
    }
    return character === '\\' || character === '"' ? character : whole;
  });
}

function withoutEmpty(labels: ReadonlyMap<string, string>): LabelSet {
  const kept: Record<string, string> = {};
  for (const [name, value] of labels) {
    if (value !== '') {
      kept[name] = value;
    }
  }
  return kept;
}
