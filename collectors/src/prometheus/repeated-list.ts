/** A list being filled. As long as its items are those of the list before it, in their order, it shares that one's array. */
export class RepeatedList<Item> {
  readonly #before: readonly Item[];
  /** From the first item on that is another one: a copy in full size at once, because an array that grows is copied time and again. */
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
    if (this.#own !== undefined) {
      this.#own.length = this.#length;
    }
    return this.#own ?? this.#before;
  }

  push(item: Item): void {
    if (this.#own !== undefined) {
      this.#own[this.#length] = item;
    } else if (this.#before[this.#length] !== item) {
      this.#own = this.#before.slice();
      this.#own[this.#length] = item;
    }
    this.#length += 1;
  }
}
