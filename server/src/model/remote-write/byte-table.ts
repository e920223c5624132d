/** Where some bytes are inside a larger array; the end is exclusive. */
export interface ByteRange {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  readonly start: number;
  readonly end: number;
}

interface Entry<T> {
  readonly slab: Slab;
  readonly start: number;
  readonly length: number;
  readonly value: T;
  /** Another entry with the same hash. */
  readonly next: Entry<T> | undefined;
  /** Entries from here to the end of the chain. */
  readonly depth: number;
}

const SLAB_BYTES = 1 << 20;
/** Only somebody who wants it makes as many keys with one hash: the longer chain is forgotten. */
const MAX_DEPTH = 8;

/** Keys lie one after the other in large arrays: a small array each would cost more than the key. */
class Slab {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  used = 0;

  constructor(size: number) {
    this.bytes = new Uint8Array(size);
    this.view = new DataView(this.bytes.buffer);
  }

  fits(length: number): boolean {
    return this.used + length <= this.bytes.length;
  }
}

/**
 * Values by the bytes they were made from, so that what comes in again and again is decoded once and gives the same object.
 * Holds at most twice `maxEntries` and `maxBytes`: two generations, the older of which goes when the younger is full; what is
 * looked up is young again.
 */
export class ByteTable<T> {
  readonly #maxEntries: number;
  readonly #maxBytes: number;
  #young = new Map<number, Entry<T>>();
  #old = new Map<number, Entry<T>>();
  #slab = new Slab(0);
  #entries = 0;
  #bytes = 0;

  constructor(limits: { readonly maxEntries: number; readonly maxBytes: number }) {
    this.#maxEntries = limits.maxEntries;
    this.#maxBytes = limits.maxBytes;
  }

  /** Entries of the younger generation. */
  get size(): number {
    return this.#entries;
  }

  /** The value kept for these bytes, made when there is none. */
  resolve(key: ByteRange, make: () => T): T {
    const hash = hashOf(key);
    const known = this.#find(hash, key);
    if (known !== undefined) {
      return known;
    }
    const value = make();
    this.#add(hash, key, value);
    return value;
  }

  #find(hash: number, key: ByteRange): T | undefined {
    const young = matching(this.#young.get(hash), key);
    if (young !== undefined) {
      return young.value;
    }
    const old = matching(this.#old.get(hash), key);
    if (old !== undefined) {
      this.#add(hash, key, old.value);
    }
    return old?.value;
  }

  #add(hash: number, key: ByteRange, value: T): void {
    const length = key.end - key.start;
    if (this.#entries >= this.#maxEntries || this.#bytes + length > this.#maxBytes) {
      this.#old = this.#young;
      this.#young = new Map();
      this.#entries = 0;
      this.#bytes = 0;
      this.#slab = new Slab(0);
    }
    if (!this.#slab.fits(length)) {
      this.#slab = new Slab(Math.max(SLAB_BYTES, length));
    }
    const slab = this.#slab;
    const start = slab.used;
    slab.bytes.set(key.bytes.subarray(key.start, key.end), start);
    slab.used += length;
    const chain = this.#young.get(hash);
    const next = chain !== undefined && chain.depth >= MAX_DEPTH ? undefined : chain;
    this.#young.set(hash, { slab, start, length, value, next, depth: (next?.depth ?? 0) + 1 });
    this.#entries += 1;
    this.#bytes += length;
  }
}

function matching<T>(first: Entry<T> | undefined, key: ByteRange): Entry<T> | undefined {
  for (let entry = first; entry !== undefined; entry = entry.next) {
    if (entry.length === key.end - key.start && isEqual(entry.slab, entry.start, key)) {
      return entry;
    }
  }
  return undefined;
}

function isEqual(slab: Slab, start: number, { bytes, view, start: from, end }: ByteRange): boolean {
  const whole = from + ((end - from) & ~3);
  let other = start;
  let at = from;
  for (; at < whole; at += 4, other += 4) {
    if (slab.view.getInt32(other, true) !== view.getInt32(at, true)) {
      return false;
    }
  }
  for (; at < end; at += 1, other += 1) {
    if (slab.bytes[other] !== bytes[at]) {
      return false;
    }
  }
  return true;
}

/** 32 bits, four bytes a step, mixed as Murmur3 does. Collisions cost a comparison, never a mistake. */
function hashOf({ bytes, view, start, end }: ByteRange): number {
  const whole = start + ((end - start) & ~3);
  let hash = end - start;
  let at = start;
  for (; at < whole; at += 4) {
    hash = mix(hash, view.getInt32(at, true));
  }
  for (; at < end; at += 1) {
    hash = mix(hash, bytes[at] ?? 0);
  }
  hash ^= hash >>> 16;
  hash = Math.imul(hash, 0x85_eb_ca_6b);
  return hash ^ (hash >>> 13);
}

function mix(hash: number, word: number): number {
  const scrambled = Math.imul(word, 0xcc_9e_2d_51);
  const turned = hash ^ Math.imul((scrambled << 15) | (scrambled >>> 17), 0x1b_87_35_93);
  return (Math.imul((turned << 13) | (turned >>> 19), 5) + 0xe6_54_6b_64) | 0;
}
