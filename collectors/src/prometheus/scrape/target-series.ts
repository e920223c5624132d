import type { LabelSet } from '@tila/contract/labels.ts';
import type { Relabeler } from '../../relabel/relabel.ts';
import { LabelSetTable } from '../label-set-table.ts';
import type { SeriesMapping } from '../series-mapping.ts';
import type { TextPool } from '../text-pool.ts';

/** One series of one target, through all its scrapes. */
export interface ScrapedSeries {
  /** As stored; null when relabelling drops it. The same object for as long as the series lives. */
  readonly labels: LabelSet | null;
  /** Number of the last scrape that had it. */
  scrape: number;
  /** The timestamp of its newest row when that was the exporter's own; null when it was the scrape's. */
  ownMs: number | null;
}

export interface TargetSeriesDeps {
  readonly targetLabels: LabelSet;
  readonly honorLabels: boolean;
  readonly metricRelabeler: Relabeler;
  readonly mapping: SeriesMapping;
  readonly limits: LabelLimits;
  /** Shared by the targets of a collector: they have most of their label values in common. */
  readonly texts: TextPool;
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

const DROPPED: ScrapedSeries = { labels: null, scrape: 0, ownMs: null };
const MAP_SLACK = 1000;

/** From what a target says a series is called to the series that is stored. Spellings that mean the same series share one object. */
export class TargetSeries {
  readonly #deps: TargetSeriesDeps;
  readonly #targetNames: readonly string[];
  readonly #hasLimits: boolean;
  #known = new LabelSetTable<ScrapedSeries>();

  constructor(deps: TargetSeriesDeps) {
    this.#deps = deps;
    this.#targetNames = Object.keys(deps.targetLabels);
    this.#hasLimits = Object.values(deps.limits).some((limit) => limit > 0);
  }

  /** A series the target exposes. @throws LabelLimitError */
  exposed(labels: LabelSet): ScrapedSeries {
    if (this.#hasLimits) {
      this.#checkLimits(labels);
    }
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
    if (this.#known.size > 2 * living.length + MAP_SLACK) {
      this.#known = new LabelSetTable();
      for (const series of living) {
        if (series.labels !== null) {
          this.#known.add(series.labels, series);
        }
      }
    }
  }

  #stored(labels: LabelSet): ScrapedSeries {
    const mapped = this.#deps.mapping.apply(labels);
    if (mapped === null) {
      return { ...DROPPED };
    }
    const known = this.#known.find(mapped);
    if (known !== undefined) {
      return known;
    }
    const series = { labels: this.#pooled(mapped), scrape: 0, ownMs: null };
    this.#known.add(series.labels, series);
    return series;
  }

  /** Names need no pool: property names are one string in the whole process. */
  #pooled(labels: LabelSet): LabelSet {
    const pooled: Record<string, string> = {};
    for (const name in labels) {
      pooled[name] = this.#deps.texts.same(labels[name] ?? '');
    }
    return pooled;
  }

  #withTargetLabels(labels: LabelSet): LabelSet {
    const { targetLabels, honorLabels } = this.#deps;
    if (honorLabels) {
      return { ...targetLabels, ...labels };
    }
    const merged: Record<string, string> = { ...labels, ...targetLabels };
    for (const name of this.#targetNames) {
      if (Object.hasOwn(labels, name)) {
        merged[freeName(`exported_${name}`, merged)] = labels[name] ?? '';
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
