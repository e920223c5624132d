/** A binary heap of at most `capacity` items whose root is the one to give up first. Ties are kept as Go's container/heap keeps them. */
export class BoundedHeap {
  readonly items: number[] = [];
  readonly #capacity: number;
  readonly #before: (a: number, b: number) => boolean;

  constructor(capacity: number, before: (a: number, b: number) => boolean) {
    this.#capacity = capacity;
    this.#before = before;
  }

  /** Adds an item while there is room, else in place of the root if `replaces(root)`. */
  offer(item: number, replaces: (root: number) => boolean): void {
    const root = this.items[0];
    if (this.items.length < this.#capacity) {
      this.items.push(item);
      this.#up(this.items.length - 1);
    } else if (root !== undefined && replaces(root)) {
      this.items[0] = item;
      this.#down();
    }
  }

  #up(from: number): void {
    for (let child = from; child > 0; ) {
      const parent = (child - 1) >> 1;
      if (!this.#isBefore(child, parent)) {
        return;
      }
      this.#swap(child, parent);
      child = parent;
    }
  }

  #down(): void {
    for (let parent = 0; ; ) {
      const left = 2 * parent + 1;
      if (left >= this.items.length) {
        return;
      }
      const child = left + 1 < this.items.length && this.#isBefore(left + 1, left) ? left + 1 : left;
      if (!this.#isBefore(child, parent)) {
        return;
      }
      this.#swap(child, parent);
      parent = child;
    }
  }

  #isBefore(a: number, b: number): boolean {
    return this.#before(this.items[a] ?? 0, this.items[b] ?? 0);
  }

  #swap(a: number, b: number): void {
    [this.items[a], this.items[b]] = [this.items[b] ?? 0, this.items[a] ?? 0];
  }
}
