import type { HotGroup } from '../../model/hot-series.ts';
import type { Tick } from './plan-node.ts';
import { slotAfter } from './slot-after.ts';

/** Where a time falls among the slots of each group, by group number. */
export interface SlotsAt {
  timeMs: number;
  /** The first slot after the time. */
  slots: Int32Array;
  /** When that slot is, the one before it and the one before that; NaN where there is none. */
  nextMs: Float64Array;
  lastMs: Float64Array;
  beforeMs: Float64Array;
  /** Groups that were looked at for this time have this number here. */
  readonly serials: { current: number; of: Int32Array };
}

/** Numbers for the groups of all selections, and what is the same for all selections at one time: looked up once, read side by side. */
export class GroupTable {
  readonly #groups: HotGroup[] = [];
  readonly #numbers = new Map<HotGroup, number>();
  /** Usual seconds between slots, NaN while not known: where to look first. */
  #spacings: Float64Array = new Float64Array(0);
  readonly #kept: SlotsAt[] = [];
  #serial = 0;
  #used = 0;
  #pass = -1;
  #moves = -1;

  /** Numbers given while `moves` stood elsewhere are void: groups may be gone. */
  follow(moves: number): void {
    if (moves !== this.#moves) {
      this.#moves = moves;
      this.#groups.length = 0;
      this.#spacings.fill(Number.NaN);
      this.#numbers.clear();
      this.#used = 0;
    }
  }

  numberOf(group: HotGroup): number {
    const known = this.#numbers.get(group);
    if (known !== undefined) {
      return known;
    }
    const number = this.#groups.push(group) - 1;
    this.#numbers.set(group, number);
    return number;
  }

  /** The slots around a time, of `count` groups with these numbers at least. Kept for one pass. */
  at({ timeMs, pass }: Tick, numbers: Int32Array, count: number): SlotsAt {
    if (pass !== this.#pass) {
      this.#pass = pass;
      this.#used = 0;
    }
    const found = this.#found(timeMs);
    if (found.slots.length < this.#groups.length) {
      grow(found, Math.ceil(this.#groups.length * 1.25));
    }
    const { current, of } = found.serials;
    for (let index = 0; index < count; index += 1) {
      const number = numbers[index] ?? 0;
      if (of[number] !== current) {
        of[number] = current;
        this.#look(found, number);
      }
    }
    return found;
  }

  #found(timeMs: number): SlotsAt {
    for (let i = 0; i < this.#used; i += 1) {
      const known = this.#kept[i];
      if (known?.timeMs === timeMs) {
        return known;
      }
    }
    const found = this.#kept[this.#used] ?? emptySlots();
    this.#kept[this.#used] = found;
    this.#used += 1;
    found.timeMs = timeMs;
    this.#serial += 1;
    found.serials.current = this.#serial;
    return found;
  }

  #look(found: SlotsAt, number: number): void {
    const group = this.#groups[number];
    if (group === undefined) {
      return;
    }
    const { timestamps, start, end } = group;
    const slot = this.#slotAfter(found.timeMs, group, number);
    found.slots[number] = slot;
    found.nextMs[number] = slot < end ? (timestamps[slot] ?? Number.NaN) : Number.NaN;
    found.lastMs[number] = slot > start ? (timestamps[slot - 1] ?? Number.NaN) : Number.NaN;
    found.beforeMs[number] = slot > start + 1 ? (timestamps[slot - 2] ?? Number.NaN) : Number.NaN;
  }

  /** Counts back from the newest slot, where slots are as far apart as they were: that touches less memory than a search. */
  #slotAfter(timeMs: number, group: HotGroup, number: number): number {
    const { timestamps, start, end } = group;
    const newest = timestamps[end - 1] ?? Number.NaN;
    const spacing = this.#spacings[number] ?? Number.NaN;
    const slot = end - Math.ceil((newest - timeMs) / spacing);
    if (slot > start && slot < end && (timestamps[slot] ?? 0) > timeMs && (timestamps[slot - 1] ?? timeMs) <= timeMs) {
      return slot;
    }
    if (end - start > 1) {
      if (this.#spacings.length <= number) {
        const spacings = new Float64Array(2 * number + 16).fill(Number.NaN);
        spacings.set(this.#spacings);
        this.#spacings = spacings;
      }
      this.#spacings[number] = newest - (timestamps[end - 2] ?? Number.NaN);
    }
    return slotAfter(timestamps, timeMs, group);
  }
}

function emptySlots(): SlotsAt {
  return {
    timeMs: Number.NaN,
    slots: new Int32Array(0),
    nextMs: new Float64Array(0),
    lastMs: new Float64Array(0),
    beforeMs: new Float64Array(0),
    serials: { current: 0, of: new Int32Array(0) },
  };
}

/** What was there stays. */
function grow(found: SlotsAt, length: number): void {
  const { slots, nextMs, lastMs, beforeMs, serials } = found;
  const { of } = serials;
  serials.of = new Int32Array(length);
  serials.of.set(of);
  found.slots = new Int32Array(length);
  found.slots.set(slots);
  found.nextMs = new Float64Array(length);
  found.nextMs.set(nextMs);
  found.lastMs = new Float64Array(length);
  found.lastMs.set(lastMs);
  found.beforeMs = new Float64Array(length);
  found.beforeMs.set(beforeMs);
}
