import type { SlotsAt } from './group-table.ts';
import type { NewestValues } from './newest-values.ts';
import type { WatchedRows } from './watched-rows.ts';

/** Which slots of each group a node has taken in, so that it can go on from there. Slots are known by their times. */
export class GroupMemory {
  /** By place in the selection's groups; NaN when nothing is known. */
  #firstMs: Float64Array = new Float64Array(0);
  #lastMs: Float64Array = new Float64Array(0);
  #placings = -1;
  #fromMs = Number.NEGATIVE_INFINITY;

  /** Forgets everything when places were made anew or time goes back. */
  follow({ placings, groups }: Pick<WatchedRows, 'placings' | 'groups'>, fromMs: number): void {
    if (placings !== this.#placings || fromMs < this.#fromMs) {
      this.#placings = placings;
      this.#lastMs.fill(Number.NaN);
    }
    this.#fromMs = fromMs;
    if (this.#lastMs.length < groups.length) {
      this.#firstMs = grown(this.#firstMs, groups.length);
      this.#lastMs = grown(this.#lastMs, groups.length);
    }
  }

  forget(index: number): void {
    this.#lastMs[index] = Number.NaN;
  }

  /** The window with these ends has been taken in. */
  note(index: number, firstMs: number, lastMs: number): void {
    this.#firstMs[index] = firstMs;
    this.#lastMs[index] = lastMs;
  }

  /** How many slots came at the end of a window since, 0 or 1; 2 for more or when nothing is known. */
  come(index: number, { lastMs, beforeMs }: NewestValues): number {
    const known = this.#lastMs[index] ?? Number.NaN;
    if (lastMs[index] === known) {
      return 0;
    }
    return beforeMs[index] === known ? 1 : 2;
  }

  /** How many slots at its beginning are no longer in it, 0 or 1; 2 for more. */
  gone(index: number, number: number, { nextMs, lastMs }: SlotsAt): number {
    const known = this.#firstMs[index] ?? Number.NaN;
    if (nextMs[number] === known) {
      return 0;
    }
    return lastMs[number] === known ? 1 : 2;
  }
}

function grown(column: Float64Array, groups: number): Float64Array {
  const larger = new Float64Array(Math.ceil(groups * 1.25)).fill(Number.NaN);
  larger.set(column);
  return larger;
}
