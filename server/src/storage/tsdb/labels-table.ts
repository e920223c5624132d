import type { Labels } from '../../model/labels.ts';

const FIRST_SLOTS = 64;

/** Things by their label sets: a hash table with open addressing that keeps nothing but the things, 16 to 32 bytes each. */
export class LabelsTable<Item extends { readonly labels: Labels }> {
  #slots: (Item | undefined)[] = emptySlots(FIRST_SLOTS);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  find(labels: Labels): Item | undefined {
    const slots = this.#slots;
    const mask = slots.length - 1;
    for (let at = labels.hash & mask; ; at = (at + 1) & mask) {
      const item = slots[at];
      if (item === undefined || item.labels === labels || item.labels.equals(labels)) {
        return item;
      }
    }
  }

  /** Adds a thing whose labels no other has. */
  add(item: Item): void {
    if (this.#size * 2 >= this.#slots.length) {
      this.#grow();
    }
    this.#slots[this.#freeSlot(item)] = item;
    this.#size += 1;
  }

  delete(item: Item): void {
    const slots = this.#slots;
    const mask = slots.length - 1;
    let hole = item.labels.hash & mask;
    while (slots[hole] !== item) {
      if (slots[hole] === undefined) {
        return;
      }
      hole = (hole + 1) & mask;
    }
    this.#size -= 1;
    slots[hole] = undefined;
    // What came behind because the slot was taken moves up, so that a search never ends at a hole too early.
    for (let at = (hole + 1) & mask; ; at = (at + 1) & mask) {
      const moved = slots[at];
      if (moved === undefined) {
        return;
      }
      slots[at] = undefined;
      slots[this.#freeSlot(moved)] = moved;
    }
  }

  #freeSlot(item: Item): number {
    const mask = this.#slots.length - 1;
    let at = item.labels.hash & mask;
    while (this.#slots[at] !== undefined) {
      at = (at + 1) & mask;
    }
    return at;
  }

  #grow(): void {
    const before = this.#slots;
    this.#slots = emptySlots(before.length * 2);
    for (const item of before) {
      if (item !== undefined) {
        this.#slots[this.#freeSlot(item)] = item;
      }
    }
  }
}

function emptySlots<Item>(count: number): (Item | undefined)[] {
  return new Array<Item | undefined>(count).fill(undefined);
}
