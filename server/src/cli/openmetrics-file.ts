import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { ExpositionError } from '@tila/collectors/prometheus/exposition/exposition-error.ts';
import { ExpositionParser } from '@tila/collectors/prometheus/exposition/exposition-parser.ts';
import { Labels } from '../model/labels.ts';
import type { MetricMetadata, SampleRows } from '../model/series-store.ts';

/** Lines that are read, checked and sent together. */
const LINES_A_BATCH = 5000;
const MAX_LINE_CHARACTERS = 1_000_000;
const END = '# EOF';

export interface OpenMetricsBatch {
  readonly rows: SampleRows;
  readonly metadata: ReadonlyMap<string, MetricMetadata>;
  /** What is wrong, each with its line; `rows` is then not to be used. */
  readonly problems: readonly string[];
}

/** Reads an OpenMetrics file batch by batch, however large it is; never more than one batch is held. */
export async function* readOpenMetrics(path: string): AsyncGenerator<OpenMetricsBatch> {
  let lines: string[] = [];
  let first = 1;
  let number = 0;
  let endedAt = 0;
  for await (const line of createInterface({ input: createReadStream(path, 'utf8'), crlfDelay: Number.POSITIVE_INFINITY })) {
    number += 1;
    if (endedAt > 0) {
      yield problem(`line ${number}: there is text after "${END}" in line ${endedAt}`);
      return;
    }
    const text = number === 1 ? line.replace(/^\ufeff/, '') : line;
    if (text === END) {
      endedAt = number;
    } else {
      lines.push(text.length > MAX_LINE_CHARACTERS ? `${text.slice(0, 100)}… (too long a line)` : text);
    }
    if (lines.length === LINES_A_BATCH) {
      yield parseBatch(lines, first);
      first = number + 1;
      lines = [];
    }
  }
  yield parseBatch(lines, first);
  if (endedAt === 0) {
    yield problem(`line ${number}: OpenMetrics text must end with "${END}"`);
  }
}

function problem(text: string): OpenMetricsBatch {
  return { rows: { labels: [], timestamps: [], values: [] }, metadata: new Map(), problems: [text] };
}

function parseBatch(lines: readonly string[], first: number): OpenMetricsBatch {
  const batch = new Batch();
  try {
    batch.parse(lines);
    if (batch.isDated) {
      return { ...batch, problems: [] };
    }
  } catch (error) {
    if (!(error instanceof ExpositionError)) {
      throw error;
    }
  }
  // Something is wrong: line by line, to name all of it.
  const problems = lines.flatMap((line, index) => problemOf(line, first + index) ?? []);
  return { ...batch, problems };
}

function problemOf(line: string, number: number): string | undefined {
  const single = new Batch();
  try {
    single.parse([line]);
  } catch (error) {
    return error instanceof ExpositionError ? error.message.replace(/^line 1/, `line ${number}`) : String(error);
  }
  return single.isDated ? undefined : `line ${number}: the sample has no timestamp, and when it was is what an import must know`;
}

class Batch {
  readonly rows = { labels: [] as Labels[], timestamps: [] as number[], values: [] as number[] };
  readonly metadata = new Map<string, MetricMetadata>();
  isDated = true;

  /** @throws ExpositionError */
  parse(lines: readonly string[]): void {
    new ExpositionParser<Labels>().parse(`${lines.map((line) => `${line}\n`).join('')}${END}\n`, 'openmetrics', {
      resolve: (labels) => Labels.from(labels),
      sample: (labels, value, timestampMs) => {
        this.isDated &&= !Number.isNaN(timestampMs);
        this.rows.labels.push(labels);
        this.rows.timestamps.push(timestampMs);
        this.rows.values.push(value);
      },
      metadata: (family, patch) => {
        this.metadata.set(family, { type: 'unknown', help: '', unit: '', ...this.metadata.get(family), ...patch });
      },
    });
  }
}
