const FIRST_PLACES = 64;

/** A set of whole numbers above 0 and below 2^31, such as hashes of label sets: 8 to 16 bytes each. */
export class HashSet {
  /** 0 stands for a free place. */
  #places = new Int32Array(FIRST_PLACES);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  has(number: number): boolean {
    return this.#places[this.#placeOf(number)] === number;
  }

  /** False when it was there already. */
  add(number: number): boolean {
    const at = this.#placeOf(number);
    if (this.#places[at] === number) {
      return false;
    }
    this.#places[at] = number;
    this.#size += 1;
    if (this.#size * 2 > this.#places.length) {
      this.#grow();
    }
    return true;
  }

  /** Where the number is, or would be. */
  #placeOf(number: number): number {
    const places = this.#places;
    const mask = places.length - 1;
    let at = number & mask;
    while (places[at] !== 0 && places[at] !== number) {
      at = (at + 1) & mask;
    }
    return at;
  }

  #grow(): void {
    const before = this.#places;
    this.#places = new Int32Array(before.length * 2);
    for (const number of before) {
      if (number !== 0) {
        this.#places[this.#placeOf(number)] = number;
      }
    }
  }
}
