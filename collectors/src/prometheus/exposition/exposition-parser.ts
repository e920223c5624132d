import type { LabelSet } from '@tila/contract/labels.ts';
import type { MetricMetadata } from '@tila/contract/samples.ts';
import { ExpositionError, LineProblem } from './exposition-error.ts';
import type { ExpositionFormat } from './format.ts';
import { readMetadata } from './metadata-text.ts';
import { readSeries } from './series-text.ts';
import { ValueReader } from './value-reader.ts';

/** What is told of a body, in its order. */
export interface ExpositionVisitor<Series> {
  /** Called once for each spelling of a series that the last body did not have; what it returns stands for the series afterwards. */
  resolve(labels: LabelSet): Series;
  /** `timestampMs` is NaN when the line carries none. */
  sample(series: Series, value: number, timestampMs: number): void;
  /** Called for lines the last body of this target did not have at the same place, not for those it repeats. */
  metadata(family: string, patch: Partial<MetricMetadata>): void;
}

/** One line of the last body: the text up to its value, or all of a comment with its line end. */
interface Line<Series> {
  readonly prefix: string;
  readonly series: Series | null;
  /** Where it stood last, as a hint where to go on comparing. */
  position: number;
}

/** A new line says nothing about where the old body continues. */
const UNKNOWN = -1;

const LINE_END = 10;
const HASH = 35;
const MAP_SLACK = 1000;

/**
 * Parser for the bodies of one target. A scrape nearly always repeats the lines of the one before with new values, so each line
 * is first compared with its predecessor's text up to the value; where it is the same, only the value is read. A line that
 * differs is looked up among all known lines, and only an unknown one is parsed. The outcome is that of parsing every line.
 */
export class ExpositionParser<Series> {
  #lines: Line<Series>[] = [];
  #byPrefix = new Map<string, Line<Series>>();

  /** @throws ExpositionError at the first malformed line; what was visited before it must then be dropped by the caller. */
  parse(text: string, format: ExpositionFormat, visitor: ExpositionVisitor<Series>): void {
    const body = text.endsWith('\n') || text === '' ? text : `${text}\n`;
    const end = format === 'openmetrics' ? openMetricsEnd(text) : body.length;
    const reader = new ValueReader(body, format);
    const before = this.#lines;
    // Null for as long as the body repeats the lines of the last one from its start.
    let lines: Line<Series>[] | null = null;
    let at = 0;
    let guess = 0;
    try {
      while (at < end) {
        let line: Line<Series> | null | undefined = before[guess];
        if (line !== undefined && body.startsWith(line.prefix, at) && reader.accepts(line.series, at + line.prefix.length)) {
          guess += 1;
        } else {
          lines ??= before.slice(0, guess);
          line = this.#readLine(reader, at, visitor);
          guess = line === null || line.position === UNKNOWN ? guess : line.position + 1;
        }
        if (line !== null && lines !== null) {
          line.position = lines.length;
          lines.push(line);
        }
        if (line !== null && line.series !== null) {
          visitor.sample(line.series, reader.value, reader.timestampMs);
        }
        at = reader.next;
      }
    } catch (error) {
      throw error instanceof LineProblem ? problemAt(body, at, error) : error;
    }
    this.#lines = lines ?? (guess === before.length ? before : before.slice(0, guess));
    this.#forgetVanished();
  }

  /** Reads one line in full and leaves `reader.next` behind it. Null for a blank line. */
  #readLine(reader: ValueReader, at: number, visitor: ExpositionVisitor<Series>): Line<Series> | null {
    const body = reader.body;
    const lineEnd = body.indexOf('\n', at);
    const start = reader.format === 'text' ? skipBlanks(body, at) : at;
    if (start === lineEnd && reader.format === 'text') {
      reader.next = lineEnd + 1;
      return null;
    }
    return body.charCodeAt(start) === HASH
      ? this.#readComment(reader, at, visitor)
      : this.#readSample(reader, copyOf(body.slice(at, lineEnd)), { at, blanks: start - at, visitor });
  }

  #readComment(reader: ValueReader, at: number, visitor: ExpositionVisitor<Series>): Line<Series> {
    reader.next = reader.body.indexOf('\n', at) + 1;
    const prefix = copyOf(reader.body.slice(at, reader.next));
    const known = this.#byPrefix.get(prefix);
    if (known !== undefined) {
      return known;
    }
    const metadata = readMetadata(prefix.slice(0, -1).trimStart(), reader.format);
    if (metadata !== null) {
      visitor.metadata(metadata.family, metadata.patch);
    }
    return this.#remember(prefix, null);
  }

  #readSample(
    reader: ValueReader,
    line: string,
    where: { readonly at: number; readonly blanks: number; readonly visitor: ExpositionVisitor<Series> },
  ): Line<Series> {
    const series = readSeries(line, where.blanks);
    const prefix = line.slice(0, series.end);
    reader.read(where.at + series.end);
    const known = this.#byPrefix.get(prefix);
    return known ?? this.#remember(prefix, where.visitor.resolve(series.labels));
  }

  #remember(prefix: string, series: Series | null): Line<Series> {
    const line = { prefix, series, position: UNKNOWN };
    this.#byPrefix.set(prefix, line);
    return line;
  }

  #forgetVanished(): void {
    if (this.#byPrefix.size > 2 * this.#lines.length + MAP_SLACK) {
      this.#byPrefix = new Map(this.#lines.map((line) => [line.prefix, line]));
    }
  }
}

/** A slice keeps the whole body alive in V8; what outlives the scrape is copied. */
function copyOf(slice: string): string {
  return Buffer.from(slice, 'utf8').toString('utf8');
}

function skipBlanks(body: string, at: number): number {
  let next = at;
  while (body.charCodeAt(next) === 32 || body.charCodeAt(next) === 9) {
    next += 1;
  }
  return next;
}

function openMetricsEnd(text: string): number {
  const trimmed = text.endsWith('\n') ? text.slice(0, -1) : text;
  const end = trimmed.endsWith('\n# EOF') || trimmed === '# EOF' ? trimmed.length - '# EOF'.length : -1;
  if (end < 0) {
    const lastLine = trimmed.slice(trimmed.lastIndexOf('\n') + 1);
    throw new ExpositionError(lineNumber(trimmed, trimmed.length), 'OpenMetrics text must end with "# EOF"', lastLine);
  }
  return end;
}

function problemAt(body: string, at: number, problem: LineProblem): ExpositionError {
  return new ExpositionError(lineNumber(body, at), problem.message, body.slice(at, body.indexOf('\n', at)));
}

function lineNumber(body: string, at: number): number {
  let number = 1;
  for (let index = 0; index < at; index += 1) {
    number += body.charCodeAt(index) === LINE_END ? 1 : 0;
  }
  return number;
}
