import type { LabelSet } from '@tila/contract/labels.ts';

const FIRST_SLOTS = 16;
/** Chosen anew by every process, so that no target can prepare label sets with equal hashes. */
const HASH_SEED = Math.floor(Math.random() * 2 ** 31);

/** Things by label sets, whatever the order of their labels: a hash table with open addressing that makes no keys. */
export class LabelSetTable<Item extends { readonly labels: LabelSet | null }> {
  #items: (Item | undefined)[] = emptySlots(FIRST_SLOTS);
  #hashes = new Int32Array(FIRST_SLOTS);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  values(): Iterable<Item> {
    return this.#items.filter((item) => item !== undefined);
  }

  find(labels: LabelSet): Item | undefined {
    const hash = hashOf(labels);
    const mask = this.#items.length - 1;
    for (let at = hash & mask; ; at = (at + 1) & mask) {
      const item = this.#items[at];
      if (item === undefined || (this.#hashes[at] === hash && item.labels !== null && areEqual(item.labels, labels))) {
        return item;
      }
    }
  }

  /** Adds a thing whose label set no other has. */
  add(labels: LabelSet, item: Item): void {
    if (this.#size * 2 >= this.#items.length) {
      this.#grow();
    }
    this.#put(hashOf(labels), item);
    this.#size += 1;
  }

  #put(hash: number, item: Item): void {
    const mask = this.#items.length - 1;
    let at = hash & mask;
    while (this.#items[at] !== undefined) {
      at = (at + 1) & mask;
    }
    this.#items[at] = item;
    this.#hashes[at] = hash;
  }

  #grow(): void {
    const { items, hashes } = { items: this.#items, hashes: this.#hashes };
    this.#items = emptySlots(items.length * 2);
    this.#hashes = new Int32Array(items.length * 2);
    for (const [i, item] of items.entries()) {
      if (item !== undefined) {
        this.#put(hashes[i] ?? 0, item);
      }
    }
  }
}

function emptySlots<Item>(count: number): (Item | undefined)[] {
  return new Array<Item | undefined>(count).fill(undefined);
}

function hashOf(labels: LabelSet): number {
  let sum = 0;
  for (const name in labels) {
    sum = (sum + mix(mix(HASH_SEED, name), labels[name] ?? '')) | 0;
  }
  sum = Math.imul(sum ^ (sum >>> 16), 0x85_eb_ca_6b);
  return sum ^ (sum >>> 13);
}

function mix(seed: number, text: string): number {
  let hash = seed ^ text.length;
  for (let i = 0; i < text.length; i += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(i), 0x85_eb_ca_6b);
    hash ^= hash >>> 15;
  }
  return hash;
}

/** Both are plain objects without a value that is empty. */
function areEqual(a: LabelSet, b: LabelSet): boolean {
  let surplus = 0;
  for (const name in a) {
    if (a[name] !== b[name]) {
      return false;
    }
    surplus += 1;
  }
  for (const _ in b) {
    surplus -= 1;
  }
  return surplus === 0;
}
