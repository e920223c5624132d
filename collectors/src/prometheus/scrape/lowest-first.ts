/**
 * The lowest of many numbers that only ever rise, each told by an item. An item whose number has risen is put in its new place when it
 * comes to the top (a binary heap), so that looking costs no more than the logarithm of how many there are.
 */
export class LowestFirst<Item> {
  readonly #tell: (item: Item) => number;
  readonly #items: Item[] = [];
  /** What each item told when it was put in its place. */
  readonly #values: number[] = [];

  /** @param tell never tells less of an item than before */
  constructor(items: Iterable<Item>, tell: (item: Item) => number) {
    this.#tell = tell;
    for (const item of items) {
      this.#add(item);
    }
  }

  /** Infinity when there is none. */
  get lowest(): number {
    this.#settle();
    return this.#values[0] ?? Number.POSITIVE_INFINITY;
  }

  /** Of all items but one. */
  lowestWithout(item: Item): number {
    const { lowest } = this;
    if (this.#items[0] !== item) {
      return lowest;
    }
    this.#removeTop();
    const others = this.lowest;
    this.#add(item);
    return others;
  }

  /** Until the one on top has told its newest value. */
  #settle(): void {
    for (let top = this.#items[0]; top !== undefined; top = this.#items[0]) {
      const value = this.#tell(top);
      if (value <= (this.#values[0] ?? value)) {
        return;
      }
      this.#sink(top, value);
    }
  }

  #add(item: Item): void {
    const value = this.#tell(item);
    let at = this.#items.length;
    while (at > 0) {
      const above = (at - 1) >> 1;
      if ((this.#values[above] ?? value) <= value) {
        break;
      }
      this.#copy(above, at);
      at = above;
    }
    this.#items[at] = item;
    this.#values[at] = value;
  }

  #removeTop(): void {
    const item = this.#items.pop();
    const value = this.#values.pop();
    if (item !== undefined && value !== undefined && this.#items.length > 0) {
      this.#sink(item, value);
    }
  }

  /** Puts an item where the one on top is, then below all that are lower. */
  #sink(item: Item, value: number): void {
    const { length } = this.#items;
    let at = 0;
    for (;;) {
      const left = 2 * at + 1;
      const right = left + 1;
      const lower = right < length && (this.#values[right] ?? 0) < (this.#values[left] ?? 0) ? right : left;
      const below = this.#values[lower];
      if (below === undefined || below >= value) {
        break;
      }
      this.#copy(lower, at);
      at = lower;
    }
    this.#items[at] = item;
    this.#values[at] = value;
  }

  #copy(from: number, to: number): void {
    const item = this.#items[from];
    const value = this.#values[from];
    if (item !== undefined && value !== undefined) {
      this.#items[to] = item;
      this.#values[to] = value;
    }
  }
}
