import type { Labels } from '../model/labels.ts';
import { HashSet } from './hash-set.ts';

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
    let before: Labels | undefined;
    for (const labels of column) {
      if (labels !== before && !this.#admit(generations, labels)) {
        return false;
      }
      before = labels;
    }
    generations.columns.add(column);
    return true;
  }

  /** True when the series is known already or was still admitted. */
  admit(source: string, labels: Labels, now: number): boolean {
    return this.#admit(this.#generations(source, now), labels);
  }

  /** Series of a source that count at the moment. */
  count(source: string): number {
    const generations = this.#sources.get(source);
    return generations === undefined ? 0 : sizeOf(generations);
  }

  #admit(generations: Generations, { hash }: Labels): boolean {
    if (generations.current.has(hash)) {
      return true;
    }
    const isKnown = generations.previous.has(hash);
    if (!isKnown && sizeOf(generations) >= this.#maxSeriesPerSource) {
      return false;
    }
    generations.current.add(hash);
    generations.inBoth += isKnown ? 1 : 0;
    return true;
  }

  #generations(source: string, now: number): Generations {
    const known = this.#sources.get(source);
    if (known !== undefined && now - known.startedAt < GENERATION_MS) {
      return known;
    }
    const next = {
      startedAt: now,
      current: new HashSet(),
      previous: known?.current ?? new HashSet(),
      inBoth: 0,
      columns: new WeakSet<readonly Labels[]>(),
    };
    this.#sources.set(source, next);
    return next;
  }
}

interface Generations {
  readonly startedAt: number;
  /** Hashes of label sets: two series with one hash count as one, which a limit bears. */
  readonly current: HashSet;
  readonly previous: HashSet;
  inBoth: number;
  /** Columns all of whose series are in `current`. */
  readonly columns: WeakSet<readonly Labels[]>;
}

function sizeOf({ current, previous, inBoth }: Generations): number {
  return current.size + previous.size - inBoth;
}
