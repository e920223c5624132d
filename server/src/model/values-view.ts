/** An array of numbers, and the same memory as words. */
export class Slab {
  readonly values: Float64Array<ArrayBuffer>;
  #words: Uint32Array<ArrayBuffer> | undefined;

  constructor(length: number) {
    this.values = new Float64Array(length);
  }

  get words(): Uint32Array<ArrayBuffer> {
    this.#words ??= new Uint32Array(this.values.buffer);
    return this.#words;
  }
}

/** Where the values of one series are: from `values[at]` on. Who reads many series uses one view for all of them. */
export class ValuesView {
  values: Float64Array = new Float64Array(0);
  at = 0;
  #room = new Slab(512);

  /** Room for values that must be put together first. What was put there before may be overwritten. */
  reserve(length: number): Slab {
    if (this.#room.values.length < length) {
      this.#room = new Slab(length * 2);
    }
    return this.#room;
  }
}
