import type { Labels } from '../model/labels.ts';

/** A series that has not been written for between one and two of these no longer counts. */
const GENERATION_MS = 30 * 60_000;

/**
 * Counts the series each source has written lately and says when a new one would be too many.
 * Two generations of sets: a series seen in neither of the last two half hours is forgotten without any timestamps.
 */
export class SeriesLimit {
  readonly #maxSeriesPerSource: number;
  readonly #sources = new Map<string, Generations>();

  constructor(maxSeriesPerSource: number) {
    this.#maxSeriesPerSource = maxSeriesPerSource;
  }

  /** True when all of the series are known already or were still admitted. Costs nothing for a column that was admitted lately. */
  admitAll(source: string, column: readonly Labels[], now: number): boolean {
    const generations = this.#generations(source, now);
    if (generations.columns.has(column)) {
      return true;
    }
    const isAdmitted = column.every((labels) => this.admit(source, labels, now));
    if (isAdmitted) {
      generations.columns.add(column);
    }
    return isAdmitted;
  }

  /** True when the series is known already or was still admitted. */
  admit(source: string, labels: Labels, now: number): boolean {
    const generations = this.#generations(source, now);
    const { hash } = labels;
    if (generations.current.has(hash)) {
      return true;
    }
    const isKnown = generations.previous.delete(hash);
    if (!isKnown && generations.current.size + generations.previous.size >= this.#maxSeriesPerSource) {
      return false;
    }
    generations.current.add(hash);
    return true;
  }

  /** Series of a source that count at the moment. */
  count(source: string): number {
    const generations = this.#sources.get(source);
    return generations === undefined ? 0 : generations.current.size + generations.previous.size;
  }

  #generations(source: string, now: number): Generations {
    const known = this.#sources.get(source);
    if (known !== undefined && now - known.startedAt < GENERATION_MS) {
      return known;
    }
    const next = {
      startedAt: now,
      current: new Set<number>(),
      previous: known?.current ?? new Set<number>(),
      columns: new WeakSet<readonly Labels[]>(),
    };
    this.#sources.set(source, next);
    return next;
  }
}

interface Generations {
  readonly startedAt: number;
  /** Hashes of label sets: two series with one hash count as one, which a limit bears. */
  readonly current: Set<number>;
  readonly previous: Set<number>;
  /** Columns all of whose series are in `current`. */
  readonly columns: WeakSet<readonly Labels[]>;
}
