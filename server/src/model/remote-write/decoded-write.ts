import { type Labels, METRIC_NAME } from '../labels.ts';
import type { MetricMetadata } from '../series-store.ts';

/** The two messages of Prometheus remote write. */
export type RemoteWriteVersion = '1.0' | '2.0';

/** Labels by name, as they come over the wire. */
export type WireLabels = Readonly<Record<string, string>>;

/** A write request as columns: row i is one sample of `labels[i]`, in the order of the request. */
export interface DecodedWrite {
  /** The same series gives the same object in every request, as long as it was seen lately. Never change one. */
  readonly labels: readonly Labels[];
  /** Epoch milliseconds. */
  readonly timestamps: readonly number[];
  /** `STALE` for Prometheus' staleness marker. */
  readonly values: readonly number[];
  readonly metadata: Readonly<Record<string, MetricMetadata>>;
  /** Samples of series that can never be taken, and why: the first few. A 2.0 series that has nothing at all counts as one. */
  readonly refusedSamples: number;
  readonly problems: readonly string[];
  /** Native histograms are not stored; the first series that had one is in `problems`. */
  readonly histograms: number;
  /** Exemplars are not stored. */
  readonly exemplars: number;
}

/** The bytes are no write request. */
export class InvalidWriteRequestError extends Error {
  override readonly name = 'InvalidWriteRequestError';
}

const MAX_PROBLEMS = 10;

/** Collects the rows of one request. */
export class WriteColumns implements DecodedWrite {
  readonly labels: Labels[] = [];
  readonly timestamps: number[] = [];
  readonly values: number[] = [];
  readonly metadata: Record<string, MetricMetadata> = Object.create(null);
  readonly problems: string[] = [];
  refusedSamples = 0;
  histograms = 0;
  exemplars = 0;

  /** Gives the rows that were pushed since the last call, which may be none, to their series, or takes them away again. */
  endSeries(series: SeriesLabels, histograms: number): void {
    if (series === null || typeof series === 'string') {
      const taken = this.#takeBack();
      if (series !== null) {
        this.refusedSamples += taken;
        this.note(series);
      }
      return;
    }
    for (let missing = this.timestamps.length - this.labels.length; missing > 0; missing -= 1) {
      this.labels.push(series);
    }
    if (histograms > 0) {
      if (this.histograms === 0) {
        this.note(`native histograms are not stored: ${shownName(series.metricName)} first`);
      }
      this.histograms += histograms;
    }
  }

  /** What can never be taken and has no rows to count. */
  refuse(problem: string): void {
    this.refusedSamples += 1;
    this.note(problem);
  }

  note(problem: string): void {
    if (this.problems.length < MAX_PROBLEMS) {
      this.problems.push(problem);
    }
  }

  /** Returns how many rows were taken away. */
  #takeBack(): number {
    const kept = this.labels.length;
    const taken = this.timestamps.length - kept;
    this.timestamps.length = kept;
    this.values.length = kept;
    return taken;
  }
}

/** A series of the wire, decoded once: its labels, why it can never be taken, or `null` when nobody wants it. */
export type SeriesLabels = Labels | string | null;

export type LabelPair = readonly [name: string, value: string];

/** Checks what the wire format cannot: every label once, none without a name. Empty values mean no label. A text says what is wrong. */
export function wireLabels(pairs: readonly LabelPair[]): WireLabels | string {
  const labels = new Map<string, string>();
  for (const [name, value] of pairs) {
    if (name === '') {
      return `a label of ${shownName(labels.get(METRIC_NAME))} has an empty name`;
    }
    if (labels.has(name)) {
      return `${shownName(Object.fromEntries(pairs)[METRIC_NAME])} has the label ${JSON.stringify(name)} twice`;
    }
    labels.set(name, value);
  }
  for (const [name, value] of labels) {
    if (value === '') {
      labels.delete(name);
    }
  }
  return Object.fromEntries(labels);
}

function shownName(name = ''): string {
  return `series ${JSON.stringify(name === '' ? 'without a name' : name.slice(0, 100))}`;
}

const TYPES: readonly MetricMetadata['type'][] = [
  'unknown',
  'counter',
  'gauge',
  'histogram',
  // Gauge histograms; our metadata has no word for them.
  'unknown',
  'summary',
  'info',
  'stateset',
];

/** The type by its number, which is the same in both versions. */
export function metricType(number: number): MetricMetadata['type'] {
  return TYPES[number] ?? 'unknown';
}

/** The number by the type. */
export function metricTypeNumber(type: MetricMetadata['type']): number {
  return TYPES.indexOf(type);
}
