import type { MetricMetadata } from '../series-store.ts';

/** The two messages of Prometheus remote write. */
export type RemoteWriteVersion = '1.0' | '2.0';

/** Labels by name, as they come over the wire. */
export type WireLabels = Readonly<Record<string, string>>;

/** A write request as columns: row i is one sample of `labels[i]`, in the order of the request. */
export interface DecodedWrite {
  /** The same series gives the same object in every request, as long as it was seen lately. Never change one. */
  readonly labels: readonly WireLabels[];
  /** Epoch milliseconds. */
  readonly timestamps: readonly number[];
  /** `STALE` for Prometheus' staleness marker. */
  readonly values: readonly number[];
  readonly metadata: Readonly<Record<string, MetricMetadata>>;
  /** Samples of series that can never be taken, and why: the first few. */
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
  readonly labels: WireLabels[] = [];
  readonly timestamps: number[] = [];
  readonly values: number[] = [];
  readonly metadata: Record<string, MetricMetadata> = Object.create(null);
  readonly problems: string[] = [];
  refusedSamples = 0;
  histograms = 0;
  exemplars = 0;

  /** Gives the rows that were pushed since the last call, which may be none, to their series, or takes them away again. */
  endSeries(series: SeriesLabels, histograms: number): void {
    if (!('labels' in series)) {
      const taken = this.#takeBack();
      if ('problem' in series) {
        this.refusedSamples += taken;
        this.note(series.problem);
      }
      return;
    }
    for (let missing = this.timestamps.length - this.labels.length; missing > 0; missing -= 1) {
      this.labels.push(series.labels);
    }
    if (histograms > 0) {
      if (this.histograms === 0) {
        this.note(`native histograms are not stored: ${shownName(series.labels)} first`);
      }
      this.histograms += histograms;
    }
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

/** A series of the wire, decoded once: its labels, why it can never be taken, or that nobody wants it. */
export type SeriesLabels = { readonly labels: WireLabels } | { readonly problem: string } | { readonly isUnwanted: true };

export type LabelPair = readonly [name: string, value: string];

/** Checks what the wire format cannot: every label once, none without a name. Empty values mean no label. */
export function seriesLabels(pairs: readonly LabelPair[]): SeriesLabels {
  const labels = new Map<string, string>();
  for (const [name, value] of pairs) {
    if (name === '') {
      return { problem: `a label of ${shownName(Object.fromEntries(labels))} has an empty name` };
    }
    if (labels.has(name)) {
      return { problem: `${shownName(Object.fromEntries(pairs))} has the label ${JSON.stringify(name)} twice` };
    }
    labels.set(name, value);
  }
  for (const [name, value] of labels) {
    if (value === '') {
      labels.delete(name);
    }
  }
  return { labels: Object.fromEntries(labels) };
}

function shownName(labels: WireLabels): string {
  return `series ${JSON.stringify(labels.__name__?.slice(0, 100) ?? 'without a name')}`;
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
