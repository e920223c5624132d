import type { LabelSet } from '@tila/contract/labels.ts';
import type { Relabeler } from '../../relabel/relabel.ts';
import { labelKey } from '../label-key.ts';
import type { SeriesMapping } from '../series-mapping.ts';

/** One series of one target, through all its scrapes. */
export interface ScrapedSeries {
  /** As stored; null when relabelling drops it. The same object for as long as the series lives. */
  readonly labels: LabelSet | null;
  /** Number of the last scrape that had it. */
  scrape: number;
  timestampMs: number;
}

export interface TargetSeriesDeps {
  readonly targetLabels: LabelSet;
  readonly honorLabels: boolean;
  readonly metricRelabeler: Relabeler;
  readonly mapping: SeriesMapping;
  readonly limits: LabelLimits;
}

/** 0 means no limit. */
export interface LabelLimits {
  readonly labels: number;
  readonly nameLength: number;
  readonly valueLength: number;
}

export class LabelLimitError extends Error {
  override readonly name = 'LabelLimitError';
}

const DROPPED: ScrapedSeries = { labels: null, scrape: 0, timestampMs: 0 };
const MAP_SLACK = 1000;

/** From what a target says a series is called to the series that is stored. Spellings that mean the same series share one object. */
export class TargetSeries {
  readonly #deps: TargetSeriesDeps;
  #byKey = new Map<string, ScrapedSeries>();

  constructor(deps: TargetSeriesDeps) {
    this.#deps = deps;
  }

  /** A series the target exposes. @throws LabelLimitError */
  exposed(labels: LabelSet): ScrapedSeries {
    this.#checkLimits(labels);
    const relabelled = this.#deps.metricRelabeler.apply(this.#withTargetLabels(labels));
    if (relabelled === null) {
      return { ...DROPPED };
    }
    if ((relabelled.__name__ ?? '') === '') {
      throw new LabelLimitError(`metric_relabel_configs left a series of ${labels.__name__} without a name`);
    }
    return this.#stored(relabelled);
  }

  /** A series we add about the scrape itself, such as `up`: not relabelled. */
  added(name: string): ScrapedSeries {
    return this.#stored({ ...this.#deps.targetLabels, __name__: name });
  }

  /** Forgets series that have ended, once they outnumber the living. */
  forget(living: readonly ScrapedSeries[]): void {
    if (this.#byKey.size > 2 * living.length + MAP_SLACK) {
      const kept = new Set(living);
      this.#byKey = new Map([...this.#byKey].filter(([, series]) => kept.has(series)));
    }
  }

  #stored(labels: LabelSet): ScrapedSeries {
    const mapped = this.#deps.mapping.apply(labels);
    if (mapped === null) {
      return { ...DROPPED };
    }
    const key = labelKey(mapped);
    const series = this.#byKey.get(key) ?? { labels: mapped, scrape: 0, timestampMs: 0 };
    this.#byKey.set(key, series);
    return series;
  }

  #withTargetLabels(labels: LabelSet): LabelSet {
    const { targetLabels, honorLabels } = this.#deps;
    if (honorLabels) {
      return { ...targetLabels, ...labels };
    }
    const merged: Record<string, string> = { ...labels, ...targetLabels };
    for (const [name, value] of Object.entries(labels)) {
      if (Object.hasOwn(targetLabels, name)) {
        merged[freeName(`exported_${name}`, merged)] = value;
      }
    }
    return merged;
  }

  #checkLimits(labels: LabelSet): void {
    const { limits } = this.#deps;
    const count = Object.keys(labels).length;
    if (limits.labels > 0 && count > limits.labels) {
      throw new LabelLimitError(`a series of ${labels.__name__} has ${count} labels, label_limit is ${limits.labels}`);
    }
    for (const [name, value] of Object.entries(labels)) {
      if (limits.nameLength > 0 && name.length > limits.nameLength) {
        throw new LabelLimitError(
          `a label name of ${labels.__name__} is longer than label_name_length_limit ${limits.nameLength}`,
        );
      }
      if (limits.valueLength > 0 && value.length > limits.valueLength) {
        throw new LabelLimitError(
          `label ${name} of ${labels.__name__} is longer than label_value_length_limit ${limits.valueLength}`,
        );
      }
    }
  }
}

function freeName(name: string, taken: Readonly<Record<string, string>>): string {
  return Object.hasOwn(taken, name) ? freeName(`exported_${name}`, taken) : name;
}
