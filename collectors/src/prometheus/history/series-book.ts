import type { LabelSet } from '@tila/contract/labels.ts';
import { labelKey } from '../label-key.ts';

/** One series copied from another server. */
export interface CopiedSeries {
  /** As stored, always the same object; null when mapping drops it. */
  readonly labels: LabelSet | null;
  /** Nothing up to here is to be stored again. */
  lastAtMs: number;
  /** Shortest time seen between two of its samples: about the other server's scrape interval. Infinite at first. */
  spacingMs: number;
}

export interface SeriesBookDeps {
  /** The full labels of a series on the other server, whichever of its endpoints named it. */
  readonly identify: (labels: LabelSet) => LabelSet;
  readonly toStored: (labels: LabelSet) => LabelSet | null;
}

/** All series of one source by the labels they have on the other server. */
export class SeriesBook {
  readonly #deps: SeriesBookDeps;
  #byKey = new Map<string, CopiedSeries>();

  constructor(deps: SeriesBookDeps) {
    this.#deps = deps;
  }

  of(labels: LabelSet): CopiedSeries {
    const identity = this.#deps.identify(labels);
    const key = labelKey(identity);
    const known = this.#byKey.get(key);
    if (known !== undefined) {
      return known;
    }
    const series = {
      labels: this.#deps.toStored(identity),
      lastAtMs: Number.NEGATIVE_INFINITY,
      spacingMs: Number.POSITIVE_INFINITY,
    };
    this.#byKey.set(key, series);
    return series;
  }

  all(): Iterable<CopiedSeries> {
    return this.#byKey.values();
  }

  /** Forgets series without a sample since `beforeMs`. */
  forget(beforeMs: number): void {
    this.#byKey = new Map([...this.#byKey].filter(([, series]) => series.lastAtMs >= beforeMs));
  }
}

/** Notes one more sample of a series. False when it is not newer than what is known. */
export function advance(series: CopiedSeries, timestampMs: number): boolean {
  if (timestampMs <= series.lastAtMs) {
    return false;
  }
  if (Number.isFinite(series.lastAtMs)) {
    series.spacingMs = Math.min(series.spacingMs, timestampMs - series.lastAtMs);
  }
  series.lastAtMs = timestampMs;
  return true;
}
