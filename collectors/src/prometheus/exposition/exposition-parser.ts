import type { LabelSet } from '@tila/contract/labels.ts';
import type { MetricMetadata } from '@tila/contract/samples.ts';
import { RepeatedList } from '../repeated-list.ts';
import { copyOf } from '../text-pool.ts';
import { ExpositionError, LineProblem } from './exposition-error.ts';
import type { ExpositionFormat } from './format.ts';
import { readMetadata } from './metadata-text.ts';
import { readSeries } from './series-text.ts';
import { ValueReader } from './value-reader.ts';

/** What is told of a body, in its order. */
export interface ExpositionVisitor<Series> {
  /** Called at least once for each spelling of a series that the last body did not have at about the same place; what it returns stands for the series afterwards. */
  resolve(labels: LabelSet): Series;
  /** `timestampMs` is NaN when the line carries none. */
  sample(series: Series, value: number, timestampMs: number): void;
  /** Called for lines the last body of this target did not have at about the same place. */
  metadata(family: string, patch: Partial<MetricMetadata>): void;
}

/** One line of the last body: the text up to its value, or all of a comment with its line end. */
interface Line<Series> {
  readonly prefix: string;
  readonly series: Series | null;
}

/** How far a body has been read. */
interface Walk<Series> {
  /** Those read so far. */
  readonly lines: RepeatedList<Line<Series>>;
  /** Which line of the last body is probably repeated next. */
  guess: number;
  /** Lines read. */
  count: number;
}

/** A line that is not where it was is looked for so many lines further on. */
const LOOK_AHEAD = 16;
/** When more than one line in so many is not near where it was, all lines are looked up by their text. */
const TOLERATED_MISSES = 32;

const HASH = 35;

/**
 * Parser for the bodies of one target. A scrape nearly always repeats the lines of the one before with new values, so each line
 * is first compared with its predecessor's text up to the value; where it is the same, only the value is read. A line that
 * differs is looked for a little further on, and else parsed. The outcome is that of parsing every line.
 */
export class ExpositionParser<Series> {
  #lines: readonly Line<Series>[] = [];
  /** Lines of the last body by text, made for bodies that are in another order. */
  #byPrefix: Map<string, number> | undefined;
  #misses = 0;

  /** @throws ExpositionError at the first malformed line; what was visited before it must then be dropped by the caller. */
  parse(text: string, format: ExpositionFormat, visitor: ExpositionVisitor<Series>): void {
    for (const _ of this.steps([text], format, visitor)) {
      // All at once.
    }
  }

  /**
   * The same for a body in parts, each of which ends with a line end but for the last. After each part the caller may do something
   * else. To be walked to the end.
   */
  *steps(parts: Iterable<string>, format: ExpositionFormat, visitor: ExpositionVisitor<Series>): Generator<undefined, void> {
    const walk: Walk<Series> = { lines: new RepeatedList(this.#lines), guess: 0, count: 0 };
    let part = '';
    try {
      for (const next of parts) {
        if (part !== '') {
          this.#walkPart(new ValueReader(part, format), part.length, { walk, visitor });
          yield undefined;
        }
        part = next;
      }
      const end = format === 'openmetrics' ? openMetricsEnd(part, walk.count) : part.length;
      const body = part.endsWith('\n') || part === '' ? part : `${part}\n`;
      this.#walkPart(new ValueReader(body, format), end, { walk, visitor });
    } finally {
      this.#byPrefix = undefined;
      this.#misses = 0;
    }
    this.#lines = walk.lines.items;
  }

  #walkPart(
    reader: ValueReader,
    end: number,
    { walk, visitor }: { readonly walk: Walk<Series>; readonly visitor: ExpositionVisitor<Series> },
  ): void {
    const { body } = reader;
    const before = this.#lines;
    let at = 0;
    try {
      while (at < end) {
        let line: Line<Series> | null | undefined = before[walk.guess];
        if (line !== undefined && body.startsWith(line.prefix, at) && reader.accepts(line.series, at + line.prefix.length)) {
          walk.guess += 1;
        } else {
          const found = this.#lookAhead(reader, at, walk.guess);
          line = before[found] ?? this.#readLine(reader, at, visitor);
          walk.guess = found < 0 ? this.#placeOf(line, walk.guess) : found + 1;
        }
        if (line !== null) {
          walk.lines.push(line);
          if (line.series !== null) {
            visitor.sample(line.series, reader.value, reader.timestampMs);
          }
        }
        at = reader.next;
        walk.count += 1;
      }
    } catch (error) {
      throw error instanceof LineProblem ? problemAt(body, { at, line: walk.count + 1 }, error) : error;
    }
  }

  /** The next line of the last body that this one repeats, its value read; -1 when there is none nearby. */
  #lookAhead(reader: ValueReader, at: number, guess: number): number {
    const last = Math.min(this.#lines.length, guess + LOOK_AHEAD);
    for (let i = guess + 1; i < last; i += 1) {
      const line = this.#lines[i];
      if (line !== undefined && reader.body.startsWith(line.prefix, at) && reader.accepts(line.series, at + line.prefix.length)) {
        return i;
      }
    }
    return -1;
  }

  /** Where to go on comparing after a line that was read in full. */
  #placeOf(line: Line<Series> | null, guess: number): number {
    const place = line === null ? undefined : this.#byPrefix?.get(line.prefix);
    return place === undefined ? guess : place + 1;
  }

  /** A line of the last body with this text, if enough lines have moved to make looking worth while. */
  #known(prefix: string): Line<Series> | undefined {
    this.#misses += 1;
    if (this.#byPrefix === undefined && this.#misses * TOLERATED_MISSES > this.#lines.length) {
      this.#byPrefix = new Map(this.#lines.map((line, i) => [line.prefix, i]));
    }
    return this.#lines[this.#byPrefix?.get(prefix) ?? -1];
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
      : this.#readSample(reader, body.slice(at, lineEnd), { at, blanks: start - at, visitor });
  }

  #readComment(reader: ValueReader, at: number, visitor: ExpositionVisitor<Series>): Line<Series> {
    reader.next = reader.body.indexOf('\n', at) + 1;
    const prefix = this.#kept(reader.body.slice(at, reader.next));
    const known = this.#known(prefix);
    if (known !== undefined) {
      return known;
    }
    const metadata = readMetadata(prefix.slice(0, -1).trimStart(), reader.format);
    if (metadata !== null) {
      visitor.metadata(metadata.family, metadata.patch);
    }
    return { prefix, series: null };
  }

  #readSample(
    reader: ValueReader,
    line: string,
    where: { readonly at: number; readonly blanks: number; readonly visitor: ExpositionVisitor<Series> },
  ): Line<Series> {
    const { labels, end } = readSeries(line, where.blanks);
    const prefix = line.slice(0, end);
    reader.read(where.at + end);
    return this.#known(prefix) ?? { prefix: this.#kept(prefix), series: where.visitor.resolve(labels) };
  }

  /** All of a first body is new and kept as one; from later ones single lines are copied, so that they do not keep theirs alive. */
  #kept(prefix: string): string {
    return this.#lines.length === 0 ? prefix : copyOf(prefix);
  }
}

function skipBlanks(body: string, at: number): number {
  let next = at;
  while (body.charCodeAt(next) === 32 || body.charCodeAt(next) === 9) {
    next += 1;
  }
  return next;
}

/** Where the end marker begins in the last part of a body, before which others had so many lines. */
function openMetricsEnd(text: string, linesBefore: number): number {
  const trimmed = text.endsWith('\n') ? text.slice(0, -1) : text;
  const end = trimmed.endsWith('\n# EOF') || trimmed === '# EOF' ? trimmed.length - '# EOF'.length : -1;
  if (end < 0) {
    const lastLine = trimmed.slice(trimmed.lastIndexOf('\n') + 1);
    const line = linesBefore + trimmed.split('\n').length;
    throw new ExpositionError(line, 'OpenMetrics text must end with "# EOF"', lastLine);
  }
  return end;
}

function problemAt(
  body: string,
  { at, line }: { readonly at: number; readonly line: number },
  problem: LineProblem,
): ExpositionError {
  return new ExpositionError(line, problem.message, body.slice(at, body.indexOf('\n', at)));
}
