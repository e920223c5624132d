import type { HotGroup } from '../../model/hot-series.ts';
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
  /** Groups looked at. */
  count: number;
}

/** Numbers for the groups of all selections, and what is the same for all selections at one time: looked up once, read side by side. */
export class GroupTable {
  readonly #groups: HotGroup[] = [];
  readonly #numbers = new Map<HotGroup, number>();
  readonly #kept: SlotsAt[] = [];
  #used = 0;
  #pass = -1;
  #moves = -1;

  /** Numbers given while `moves` stood elsewhere are void: groups may be gone. */
  follow(moves: number): void {
    if (moves !== this.#moves) {
      this.#moves = moves;
      this.#groups.length = 0;
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

  /** The slots around a time, for all groups. Kept for one pass. */
  at(timeMs: number, pass: number): SlotsAt {
    if (pass !== this.#pass) {
      this.#pass = pass;
      this.#used = 0;
    }
    const found = this.#found(timeMs);
    if (found.count < this.#groups.length) {
      this.#look(found);
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
    found.count = 0;
    return found;
  }

  #look(found: SlotsAt): void {
    const groups = this.#groups;
    if (found.slots.length < groups.length) {
      grow(found, Math.ceil(groups.length * 1.25));
    }
    const { timeMs, slots, nextMs, lastMs, beforeMs } = found;
    for (let number = found.count; number < groups.length; number += 1) {
      const group = groups[number];
      if (group === undefined) {
        continue;
      }
      const { timestamps, start, end } = group;
      const slot = slotAfter(timestamps, timeMs, group);
      slots[number] = slot;
      nextMs[number] = slot < end ? (timestamps[slot] ?? Number.NaN) : Number.NaN;
      lastMs[number] = slot > start ? (timestamps[slot - 1] ?? Number.NaN) : Number.NaN;
      beforeMs[number] = slot > start + 1 ? (timestamps[slot - 2] ?? Number.NaN) : Number.NaN;
    }
    found.count = groups.length;
  }
}

function emptySlots(): SlotsAt {
  return {
    timeMs: Number.NaN,
    slots: new Int32Array(0),
    nextMs: new Float64Array(0),
    lastMs: new Float64Array(0),
    beforeMs: new Float64Array(0),
    count: 0,
  };
}

/** What was there stays. */
function grow(found: SlotsAt, length: number): void {
  const { slots, nextMs, lastMs, beforeMs } = found;
  found.slots = new Int32Array(length);
  found.slots.set(slots);
  found.nextMs = new Float64Array(length);
  found.nextMs.set(nextMs);
  found.lastMs = new Float64Array(length);
  found.lastMs.set(lastMs);
  found.beforeMs = new Float64Array(length);
  found.beforeMs.set(beforeMs);
}
