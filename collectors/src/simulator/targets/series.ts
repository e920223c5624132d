import type { EntityState } from '../scenarios/entity-state.ts';

export type MetricType = 'counter' | 'gauge' | 'histogram';

/** What a target's counters are made of: integrals from the epoch, rising for ever. */
export interface Basis {
  /** Load, 1 = a busy second of this instance. */
  readonly load: number;
  /** The part of `load` that takes the slow path. */
  readonly slow: number;
  /** The part of `load` that fails for everyday reasons. */
  readonly failed: number;
  /** Seconds. */
  readonly time: number;
}

/** A counter's growth for each unit of the basis; all results must be non-negative for any growth of the basis. */
export type Coefficients = Readonly<Partial<Record<keyof Basis, number>>>;

/** A moment of one target, as gauges see it. */
export interface Moment {
  readonly ms: number;
  readonly state: EntityState;
  /** When a scenario last replaced the process, or `null`. */
  readonly restartedAt: number | null;
  /** Load right now, 1 = busy, scenario included. */
  readonly load: number;
}

/** How fast a counter grows in a state of its service. */
export type Grow = (state: EntityState) => Coefficients;

export type Source =
  | { readonly kind: 'counter'; readonly grow: Grow; readonly decimals: number }
  /** A histogram bucket: changes only when the histogram's count does, so that few requests never look like slow ones. */
  | { readonly kind: 'bucket'; readonly grow: Grow; readonly count: Grow }
  /** `NaN` means that the series does not exist at that moment. */
  | { readonly kind: 'gauge'; readonly read: (moment: Moment) => number };

/** One series of a target, before the target's own labels. */
export interface SeriesSpec {
  /** The family the series belongs to; its TYPE and HELP. */
  readonly family: Family;
  /** Sample name: the family's name, for histograms with `_bucket`, `_sum` or `_count`. */
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly source: Source;
}

export interface Family {
  readonly name: string;
  readonly type: MetricType;
  readonly help: string;
}

/** Collects the series of one target; families stay together in the order they were first named. */
export class SeriesList {
  readonly #specs: SeriesSpec[] = [];

  counter(family: Omit<Family, 'type'>, labels: SeriesSpec['labels'], grow: Grow): void {
    this.#add({ ...family, type: 'counter' }, labels, {
      kind: 'counter',
      grow,
      decimals: family.name.endsWith('_seconds_total') ? 2 : 0,
    });
  }

  /** What exporters type as a gauge although it only rises, such as an offset. */
  risingGauge(family: Omit<Family, 'type'>, labels: SeriesSpec['labels'], grow: Grow): void {
    this.#add({ ...family, type: 'gauge' }, labels, { kind: 'counter', grow, decimals: 0 });
  }

  gauge(family: Omit<Family, 'type'>, labels: SeriesSpec['labels'], read: (moment: Moment) => number): void {
    this.#add({ ...family, type: 'gauge' }, labels, { kind: 'gauge', read });
  }

  /** A cumulative histogram: one counter a bucket, then `_sum` and `_count`. */
  histogram(family: Omit<Family, 'type'>, labels: SeriesSpec['labels'], parts: HistogramParts): void {
    const histogram: Family = { ...family, type: 'histogram' };
    const bucket = (le: string, source: Source): void => {
      this.#specs.push({ family: histogram, name: `${family.name}_bucket`, labels: { ...labels, le }, source });
    };
    for (const { le, grow } of parts.buckets) {
      bucket(le, { kind: 'bucket', grow, count: parts.count });
    }
    bucket('+Inf', { kind: 'counter', grow: parts.count, decimals: 0 });
    this.#specs.push({
      family: histogram,
      name: `${family.name}_sum`,
      labels,
      source: { kind: 'counter', grow: parts.sum, decimals: 3 },
    });
    this.#specs.push({
      family: histogram,
      name: `${family.name}_count`,
      labels,
      source: { kind: 'counter', grow: parts.count, decimals: 0 },
    });
  }

  /** Grouped by family, each family's series together. */
  list(): readonly SeriesSpec[] {
    return [...Map.groupBy(this.#specs, (spec) => spec.family.name).values()].flat();
  }

  #add(family: Family, labels: SeriesSpec['labels'], source: Source): void {
    this.#specs.push({ family, name: family.name, labels, source });
  }
}

export interface HistogramParts {
  readonly buckets: readonly { readonly le: string; readonly grow: Grow }[];
  readonly sum: Grow;
  readonly count: Grow;
}
