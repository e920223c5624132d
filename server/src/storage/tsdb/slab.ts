/** One array for the rows of many columns, and the same memory as words. */
export class Slab {
  readonly values: Float64Array<ArrayBuffer>;
  readonly words: Uint32Array<ArrayBuffer>;

  constructor(length: number) {
    this.values = new Float64Array(length);
    this.words = new Uint32Array(this.values.buffer);
  }
}

/** Where arrays for many rows come from. */
export interface Slabs {
  /** One with at least that many rows. What is in them is not defined. */
  take(length: number): Slab;
}

/** New ones each time, for answers that are kept for who knows how long. */
export const FRESH_SLABS: Slabs = { take: (length) => new Slab(length) };

const MAX_FREE_BYTES = 32 * 1024 * 1024;
const ROWS_STEP = 65_536;

/**
 * Slabs that are used again. Memory of this size that comes and goes with every query makes the garbage collector look at everything
 * a thread has, again and again.
 */
export class SlabPool implements Slabs {
  /** Ascending by size. */
  #free: Slab[] = [];
  #taken: Slab[] = [];

  take(length: number): Slab {
    const at = this.#free.findIndex(({ values }) => values.length >= length);
    const [known] = at < 0 ? [] : this.#free.splice(at, 1);
    const slab = known ?? new Slab(Math.ceil(length / ROWS_STEP) * ROWS_STEP);
    this.#taken.push(slab);
    return slab;
  }

  /** To be called when nobody looks any more at anything that lies in a slab taken so far. Keeps some, the smaller ones first. */
  takeBack(): void {
    const all = [...this.#free, ...this.#taken].sort((a, b) => a.values.length - b.values.length);
    let bytes = 0;
    this.#taken = [];
    this.#free = all.filter(({ values }) => {
      bytes += values.byteLength;
      return bytes <= MAX_FREE_BYTES;
    });
  }

  /** Gives the memory back. */
  clear(): void {
    this.#free = [];
  }
}
