import type { LabelSet } from '@tila/contract/labels.ts';
import { Labels } from '../model/labels.ts';
import { type LabelLimits, problemOf } from './label-check.ts';

/** The label sets of a batch, checked. `rows[i]` is what row i is stored under, or why it is not. */
export interface LabelColumn {
  readonly rows: readonly (Labels | string)[];
  /** The rows when none has a fault: the same array for the same batch column. */
  readonly labels: readonly Labels[] | null;
}

interface Known extends LabelColumn {
  readonly column: readonly LabelSet[];
}

/** Rows of columns kept for those to come, 16 bytes or more each: senders of more series than that have their label sets read again. */
const MAX_ROWS = 2_000_000;
/** How far a column may have moved against the one before to be followed. */
const LOOK_AHEAD = 256;
/** So many of a column's first label sets tell which column it follows. */
const FIRSTS = 3;
/** Rows that were neither seen before nor new to the sender, as a multiple of its series, before its label sets are remembered one by one. */
const PATIENCE = 2;

/**
 * Turns the label columns of batches into checked `Labels`. A collector hands in the same column object, or one with few changes,
 * time and again: then nothing is hashed and no text is looked at. Senders whose columns never look alike but whose label sets are the
 * same objects have those remembered singly.
 */
export class LabelColumns {
  readonly #limits: LabelLimits;
  readonly #byColumn = new WeakMap<readonly LabelSet[], Known>();
  /** The last column that had this label set among its first ones, the longest unused first. */
  readonly #byFirst = new Map<LabelSet, Known>();
  /** In columns of `#byFirst`, those of a column there twice counted twice. */
  #rowsKept = 0;
  readonly #bySet = new WeakMap<LabelSet, Labels | string>();
  /** By source, rows that had to be read. */
  readonly #read = new Map<string, number>();

  constructor(limits: LabelLimits) {
    this.#limits = limits;
  }

  /** @param seriesOfSource how many series the source is known to have, about */
  resolve(column: readonly LabelSet[], source: string, seriesOfSource: number): LabelColumn {
    const known = this.#byColumn.get(column);
    if (known !== undefined) {
      return known;
    }
    const firsts = column.slice(0, FIRSTS).filter((labelSet) => typeof labelSet === 'object' && labelSet !== null);
    const before = firsts.map((first) => this.#byFirst.get(first)).find((each) => each !== undefined);
    // Neither a sender who catches up, with many rows a series, nor one with other series each time sends a column again.
    const isShuffled = hasRuns(column) || (this.#read.get(source) ?? 0) > PATIENCE * seriesOfSource;
    const rows = this.#follow(column, { before, isShuffled, source });
    const resolved = { column, rows, labels: rows.some((row) => typeof row === 'string') ? null : (rows as readonly Labels[]) };
    this.#byColumn.set(column, resolved);
    if (!isShuffled) {
      this.#keep(firsts, resolved);
    }
    return resolved;
  }

  #keep(firsts: readonly LabelSet[], column: Known): void {
    for (const first of firsts) {
      this.#drop(first);
      this.#byFirst.set(first, column);
      this.#rowsKept += column.rows.length;
    }
    for (const longestUnused of this.#byFirst.keys()) {
      if (this.#rowsKept <= MAX_ROWS) {
        return;
      }
      this.#drop(longestUnused);
    }
  }

  #drop(first: LabelSet): void {
    this.#rowsKept -= this.#byFirst.get(first)?.rows.length ?? 0;
    this.#byFirst.delete(first);
  }

  #follow(
    column: readonly LabelSet[],
    from: { readonly before: Known | undefined; readonly isShuffled: boolean; readonly source: string },
  ): readonly (Labels | string)[] {
    const { before, isShuffled, source } = from;
    const rows = new Array<Labels | string>(column.length);
    let at = 0;
    let moved = 0;
    let read = 0;
    for (let i = 0; i < column.length; i += 1) {
      // Callers' own arrays: any index below their length holds a label set.
      const labelSet = column[i] as LabelSet;
      const above = i > 0 && column[i - 1] === labelSet ? rows[i - 1] : undefined;
      if (above !== undefined) {
        rows[i] = above;
        continue;
      }
      const found = before === undefined ? -1 : indexNear(before.column, labelSet, { at, replaced: i + moved });
      const row = before?.rows[found];
      if (row !== undefined) {
        rows[i] = row;
        at = found + 1;
        moved = found - i;
      } else {
        rows[i] = isShuffled ? this.#remembered(labelSet) : this.#readSet(labelSet);
        read += 1;
      }
    }
    this.#read.set(source, (this.#read.get(source) ?? 0) + read);
    return rows;
  }

  #remembered(labelSet: LabelSet): Labels | string {
    const isObject = typeof labelSet === 'object' && labelSet !== null;
    const known = isObject ? this.#bySet.get(labelSet) : undefined;
    const row = known ?? this.#readSet(labelSet);
    if (known === undefined && isObject) {
      this.#bySet.set(labelSet, row);
    }
    return row;
  }

  #readSet(labelSet: LabelSet): Labels | string {
    return problemOf(labelSet, this.#limits) ?? Labels.from(labelSet);
  }
}

/** Rows of one series follow each other, as when a sender gives all its samples before those of the next. */
export function hasRuns(column: readonly LabelSet[]): boolean {
  // The first row may be the last of a run: columns come in parts.
  return column.length > 2 && (column[0] === column[1] || column[1] === column[2]);
}

/** Looks where the row is when nothing changed, where it is when those before it took the place of others, and where it is when some went. */
function indexNear(
  column: readonly LabelSet[],
  labelSet: LabelSet,
  { at, replaced }: { readonly at: number; readonly replaced: number },
): number {
  if (column[at] === labelSet) {
    return at;
  }
  if (column[replaced] === labelSet) {
    return replaced;
  }
  const end = Math.min(column.length, at + LOOK_AHEAD);
  for (let i = at + 1; i < end; i += 1) {
    if (column[i] === labelSet) {
      return i;
    }
  }
  return -1;
}
