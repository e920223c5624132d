/** Where some bytes are inside a larger array; the end is exclusive. */
export interface ByteRange {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  readonly start: number;
  readonly end: number;
}

export interface ByteTableLimits {
  readonly maxEntries: number;
  readonly maxBytes: number;
}

/** Keys lie one after the other in large arrays: a small array each would cost more than the key. */
const SLAB_BITS = 18;
const SLAB_BYTES = 1 << SLAB_BITS;
/** A longer key is not worth keeping: what it takes to make its value again is little beside reading it. */
const MAX_KEY_BYTES = SLAB_BYTES / 4;
/** Only somebody who wants it makes so many keys lie side by side: what finds no place among them is not kept. */
const MAX_PROBES = 64;
const FIRST_ENTRIES = 256;
/** After this many look-ups for each entry, those that were not among the looked up may go … */
const LOOKUPS_PER_ROUND = 5;
/** … once they are more than this share: letting entries go takes 10 ms for 100,000 that stay. */
const TOLERATED_UNUSED = 1 / 8;
/** The share of bytes of forgotten keys that is borne. */
const TOLERATED_WASTE = 0.25;

interface Slab {
  readonly bytes: Uint8Array;
  readonly view: DataView;
}

/**
 * Values by the bytes they were made from, so that what comes in again and again is decoded once and gives the same object.
 * An open-addressing table over typed arrays, about 40 bytes and the key for each. Holds at most `maxEntries` and `maxBytes`; what
 * is not looked up while the others are looked up five to ten times is forgotten, when there is enough of it.
 */
export class ByteTable<T> {
  readonly #limits: ByteTableLimits;
  /** Chosen anew for each table, so that keys which collide in one do not in another. */
  readonly #seed = Math.floor(Math.random() * 2 ** 32) | 0;
  /** Hash and number from 1 by turns; the number 0 stands for a free place. */
  #slots = new Int32Array(4 * FIRST_ENTRIES);
  #places = new Uint32Array(FIRST_ENTRIES);
  #lengths = new Uint32Array(FIRST_ENTRIES);
  #hashes = new Int32Array(FIRST_ENTRIES);
  /** 1 for entries looked up in this round. */
  #isUsed = new Uint8Array(FIRST_ENTRIES);
  #values: T[] = [];
  #slabs: Slab[] = [];
  /** Where the next key goes, counted through all slabs. */
  #end = 0;
  #keyBytes = 0;
  #lookups = 0;

  constructor(limits: ByteTableLimits) {
    this.#limits = limits;
  }

  get size(): number {
    return this.#values.length;
  }

  /** The value kept for these bytes, made when there is none. */
  resolve(key: ByteRange, make: () => T): T {
    this.#lookups += 1;
    if (this.#lookups > LOOKUPS_PER_ROUND * Math.max(this.size, FIRST_ENTRIES)) {
      this.#endRound();
    }
    const hash = hashOf(key, this.#seed);
    const entry = this.#find(hash, key);
    if (entry >= 0) {
      this.#isUsed[entry] = 1;
      // An entry found has a value.
      return this.#values[entry] as T;
    }
    const value = make();
    this.#add(hash, key, value);
    return value;
  }

  #find(hash: number, key: ByteRange): number {
    const slots = this.#slots;
    const mask = slots.length - 1;
    for (let at = (hash << 1) & mask, probes = 0; probes < MAX_PROBES; at = (at + 2) & mask, probes += 1) {
      const entry = (slots[at + 1] ?? 0) - 1;
      if (entry < 0) {
        return -1;
      }
      if (slots[at] === hash && this.#isKey(entry, key)) {
        return entry;
      }
    }
    return -1;
  }

  #isKey(entry: number, { bytes, view, start, end }: ByteRange): boolean {
    if (this.#lengths[entry] !== end - start) {
      return false;
    }
    const place = this.#places[entry] ?? 0;
    const slab = this.#slabs[place >>> SLAB_BITS];
    if (slab === undefined) {
      return false;
    }
    const whole = start + ((end - start) & ~3);
    let other = place & (SLAB_BYTES - 1);
    let at = start;
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

  #add(hash: number, { bytes, start, end }: ByteRange, value: T): void {
    const length = end - start;
    const { maxEntries, maxBytes } = this.#limits;
    if (length > MAX_KEY_BYTES) {
      return;
    }
    if (this.size >= maxEntries || this.#keyBytes + length > maxBytes) {
      this.#keep(() => false);
    }
    if (this.size === this.#lengths.length) {
      this.#grow();
    }
    const entry = this.size;
    if (!this.#link(hash, entry)) {
      return;
    }
    const place = this.#claim(length);
    this.#slabAt(place).bytes.set(bytes.subarray(start, end), place & (SLAB_BYTES - 1));
    this.#places[entry] = place;
    this.#lengths[entry] = length;
    this.#hashes[entry] = hash;
    this.#isUsed[entry] = 1;
    this.#values.push(value);
    this.#keyBytes += length;
  }

  /** False when there are too many around its place already. */
  #link(hash: number, entry: number): boolean {
    const slots = this.#slots;
    const mask = slots.length - 1;
    for (let at = (hash << 1) & mask, probes = 0; probes < MAX_PROBES; at = (at + 2) & mask, probes += 1) {
      if (slots[at + 1] === 0) {
        slots[at] = hash;
        slots[at + 1] = entry + 1;
        return true;
      }
    }
    return false;
  }

  /** A place for a key in one slab. */
  #claim(length: number): number {
    const isSplit = (this.#end & (SLAB_BYTES - 1)) + length > SLAB_BYTES;
    const place = isSplit ? (this.#end + SLAB_BYTES) & ~(SLAB_BYTES - 1) : this.#end;
    this.#end = place + length;
    return place;
  }

  #slabAt(place: number): Slab {
    const number = place >>> SLAB_BITS;
    const known = this.#slabs[number];
    if (known !== undefined) {
      return known;
    }
    const bytes = new Uint8Array(SLAB_BYTES);
    const slab = { bytes, view: new DataView(bytes.buffer) };
    this.#slabs[number] = slab;
    return slab;
  }

  #endRound(): void {
    this.#lookups = 0;
    let used = 0;
    for (let entry = 0; entry < this.size; entry += 1) {
      used += this.#isUsed[entry] ?? 0;
    }
    if (used < this.size * (1 - TOLERATED_UNUSED)) {
      this.#keep((entry) => this.#isUsed[entry] === 1);
    }
    this.#isUsed.fill(0);
  }

  #grow(): void {
    const entries = this.#lengths.length * 2;
    this.#places = larger(this.#places, new Uint32Array(entries));
    this.#lengths = larger(this.#lengths, new Uint32Array(entries));
    this.#hashes = larger(this.#hashes, new Int32Array(entries));
    this.#isUsed = larger(this.#isUsed, new Uint8Array(entries));
    this.#relink();
  }

  /** Lets all other entries go. Numbers move up; so do keys once it is worth it. */
  #keep(isKept: (entry: number) => boolean): void {
    const values: T[] = [];
    this.#keyBytes = 0;
    for (let entry = 0; entry < this.size; entry += 1) {
      if (isKept(entry)) {
        const to = values.push(this.#values[entry] as T) - 1;
        this.#places[to] = this.#places[entry] ?? 0;
        this.#lengths[to] = this.#lengths[entry] ?? 0;
        this.#hashes[to] = this.#hashes[entry] ?? 0;
        this.#keyBytes += this.#lengths[to] ?? 0;
      }
    }
    this.#values = values;
    if (this.#keyBytes < this.#end * (1 - TOLERATED_WASTE)) {
      this.#compact();
    }
    this.#relink();
  }

  /** Keys are in the order of their entries, so each only ever moves down, onto what has moved or gone. */
  #compact(): void {
    this.#end = 0;
    for (let entry = 0; entry < this.size; entry += 1) {
      const from = this.#places[entry] ?? 0;
      const length = this.#lengths[entry] ?? 0;
      const to = this.#claim(length);
      const at = from & (SLAB_BYTES - 1);
      this.#slabAt(to).bytes.set(this.#slabAt(from).bytes.subarray(at, at + length), to & (SLAB_BYTES - 1));
      this.#places[entry] = to;
    }
    this.#slabs.length = Math.ceil(this.#end / SLAB_BYTES);
  }

  /** Two places an entry there is room for. */
  #relink(): void {
    this.#slots = new Int32Array(4 * this.#lengths.length);
    for (let entry = 0; entry < this.size; entry += 1) {
      // What finds no place is not found from now on, and goes with the round.
      this.#link(this.#hashes[entry] ?? 0, entry);
    }
  }
}

function larger<Column extends Uint8Array | Uint32Array | Int32Array>(column: Column, target: Column): Column {
  target.set(column);
  return target;
}

/** 32 bits, four bytes a step, mixed as Murmur3 does. Collisions cost a comparison, never a mistake. */
function hashOf({ bytes, view, start, end }: ByteRange, seed: number): number {
  const whole = start + ((end - start) & ~3);
  let hash = seed ^ (end - start);
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
