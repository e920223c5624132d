import type { GroupRows, WatchedRows } from './watched-rows.ts';

/** Which slots of each group a node has taken in, so that it can go on from there. Slots are known by their times. */
export class GroupMemory {
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

  forget({ index }: GroupRows): void {
    this.#lastMs[index] = Number.NaN;
  }

  /** Slots `from` to before `to` have been taken in. */
  note({ group, index }: GroupRows, from: number, to: number): void {
    this.#firstMs[index] = group.timestamps[from] ?? Number.NaN;
    this.#lastMs[index] = group.timestamps[to - 1] ?? Number.NaN;
  }

  /** The first slot that has not been taken in, -1 when nothing is known. */
  firstNew({ group, index }: GroupRows, to: number): number {
    const lastMs = this.#lastMs[index] ?? Number.NaN;
    if (Number.isNaN(lastMs)) {
      return -1;
    }
    let slot = to;
    while (slot > group.start && (group.timestamps[slot - 1] ?? 0) > lastMs) {
      slot -= 1;
    }
    return slot;
  }

  /** How many slots at the beginning are no longer in the window: 0 or 1, or 2 for more or when nothing is known. */
  left({ group, index }: GroupRows, from: number): number {
    const firstMs = this.#firstMs[index] ?? Number.NaN;
    if (group.timestamps[from] === firstMs) {
      return 0;
    }
    return from > group.start && group.timestamps[from - 1] === firstMs ? 1 : 2;
  }
}

function grown(column: Float64Array, groups: number): Float64Array {
  const larger = new Float64Array(Math.ceil(groups * 1.25)).fill(Number.NaN);
  larger.set(column);
  return larger;
}
