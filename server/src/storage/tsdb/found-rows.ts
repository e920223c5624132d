import { type Column, lowerBound } from './column.ts';

/** What was found of series, by ref. Fastest when asked in rising order. */
export class FoundRows<Rows = Column> {
  readonly #refs: Float64Array;
  readonly #rows: readonly (Rows | undefined)[];
  #next = 0;

  /** @param refs rising. @param rows of each of them in turn */
  constructor(refs: Float64Array, rows: readonly (Rows | undefined)[]) {
    this.#refs = refs;
    this.#rows = rows;
  }

  get(ref: number): Rows | undefined {
    const refs = this.#refs;
    if (refs[this.#next] !== ref) {
      this.#next = lowerBound(refs, ref, { from: 0, to: refs.length });
    }
    const at = this.#next;
    this.#next += 1;
    return refs[at] === ref ? this.#rows[at] : undefined;
  }
}
