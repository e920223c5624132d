import type { Labels } from '../../model/labels.ts';
import type { MemorySeries } from './memory-series.ts';

/** The series of a column of labels, good until any series is removed. */
export interface ResolvedColumn {
  readonly labels: readonly Labels[];
  readonly series: readonly MemorySeries[];
  readonly source: string | null;
  readonly removals: number;
}

/** Shorter columns are looked up anew as fast. */
const FEWEST_ROWS = 1_000;
/** Rows of columns kept for those that follow, 16 bytes each. */
const MOST_ROWS = 500_000;

/** Columns of labels that come again, as they were or with few changes. */
export class ResolvedColumns {
  readonly #byColumn = new WeakMap<readonly Labels[], ResolvedColumn>();
  /** The last long column that began with these labels, the longest unused first. */
  readonly #byFirst = new Map<Labels, ResolvedColumn>();
  #rows = 0;

  /** This very column. */
  same(labels: readonly Labels[]): ResolvedColumn | undefined {
    return this.#byColumn.get(labels);
  }

  /** The last one that began alike: most rows of this one are probably where they are in that. */
  alike([first]: readonly Labels[]): ResolvedColumn | undefined {
    return first === undefined ? undefined : this.#byFirst.get(first);
  }

  keep(column: ResolvedColumn): void {
    const { labels } = column;
    this.#byColumn.set(labels, column);
    const [first] = labels;
    if (first === undefined || labels.length < FEWEST_ROWS) {
      return;
    }
    this.#drop(first);
    this.#byFirst.set(first, column);
    this.#rows += labels.length;
    for (const longestUnused of this.#byFirst.keys()) {
      if (this.#rows <= MOST_ROWS) {
        return;
      }
      this.#drop(longestUnused);
    }
  }

  #drop(first: Labels): void {
    this.#rows -= this.#byFirst.get(first)?.labels.length ?? 0;
    this.#byFirst.delete(first);
  }
}
