/** A list being filled. As long as its items are those of the list before it, in their order, it shares that one's array. */
export class RepeatedList<Item> {
  readonly #before: readonly Item[];
  /** Its own array from the first item on that is another one. */
  #own: Item[] | undefined;
  #length = 0;

  /** @param before what this one will probably repeat; never changed by it */
  constructor(before: readonly Item[] = []) {
    this.#before = before;
  }

  get length(): number {
    return this.#length;
  }

  /** Never changed once handed out, unless `push` follows. */
  get items(): readonly Item[] {
    if (this.#own === undefined && this.#length !== this.#before.length) {
      this.#own = this.#before.slice(0, this.#length);
    }
    return this.#own ?? this.#before;
  }

  push(item: Item): void {
    if (this.#own !== undefined) {
      this.#own.push(item);
    } else if (this.#before[this.#length] !== item) {
      this.#own = this.#before.slice(0, this.#length);
      this.#own.push(item);
    }
    this.#length += 1;
  }
}
