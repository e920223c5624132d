import type { Labels } from '../model/labels.ts';

/** Series of one metric and job that belong to no entity. */
export interface UnmappedSeries {
  readonly metric: string;
  readonly job: string;
  readonly series: number;
}

type Group = Omit<UnmappedSeries, 'series'>;

const FIRST_PLACES = 64;

/** Series by the hashes of their labels, 0 for a free place, each with its group and the time it was last written. */
class Places {
  readonly hashes: Int32Array;
  readonly groups: Int32Array;
  readonly at: Float64Array;
  used = 0;

  constructor(count: number) {
    this.hashes = new Int32Array(count);
    this.groups = new Int32Array(count);
    this.at = new Float64Array(count);
  }

  /** Where a series is, or would be. */
  placeOf(hash: number): number {
    const { hashes } = this;
    const mask = hashes.length - 1;
    let place = hash & mask;
    while (hashes[place] !== 0 && hashes[place] !== hash) {
      place = (place + 1) & mask;
    }
    return place;
  }

  put(hash: number, group: number, at: number): void {
    const place = this.placeOf(hash);
    this.hashes[place] = hash;
    this.groups[place] = group;
    this.at[place] = at;
    this.used += 1;
  }
}

/**
 * Counts series that no mapping rule placed, so that they are listed and not lost. Two series whose labels have one hash count as
 * one, which a list of counts bears; so a series takes 32 to 64 bytes.
 */
export class UnmappedSeriesCount {
  readonly #keepMs: number;
  #groups: Group[] = [];
  readonly #numberOf = new Map<string, number>();
  #places = new Places(FIRST_PLACES);

  /** @param keepMs how long a series counts after its last sample. */
  constructor(keepMs: number) {
    this.#keepMs = keepMs;
  }

  /** Takes note of a row of a series. */
  seen(labels: Labels, now: number): void {
    const { hash } = labels;
    const place = this.#places.placeOf(hash);
    if (this.#places.hashes[place] === hash) {
      this.#places.at[place] = now;
      return;
    }
    if ((this.#places.used + 1) * 2 > this.#places.hashes.length) {
      this.#forgetSilent(now);
    }
    this.#places.put(hash, this.#number({ metric: labels.metricName, job: labels.get('job') }), now);
  }

  /** Most series first. */
  list(now: number): readonly UnmappedSeries[] {
    this.#forgetSilent(now);
    const { groups, hashes, used } = this.#places;
    const counts = new Int32Array(this.#groups.length);
    for (let place = 0; place < hashes.length && used > 0; place += 1) {
      const group = groups[place] ?? 0;
      counts[group] = (counts[group] ?? 0) + (hashes[place] === 0 ? 0 : 1);
    }
    return this.#groups
      .map((group, i) => ({ ...group, series: counts[i] ?? 0 }))
      .filter(({ series }) => series > 0)
      .sort((a, b) => b.series - a.series || (a.metric < b.metric ? -1 : 1));
  }

  #number(group: Group): number {
    const key = JSON.stringify([group.metric, group.job]);
    const known = this.#numberOf.get(key);
    if (known !== undefined) {
      return known;
    }
    const number = this.#groups.push(group) - 1;
    this.#numberOf.set(key, number);
    return number;
  }

  /** Leaves room for as many series again as are left. */
  #forgetSilent(now: number): void {
    const { hashes, groups, at } = this.#places;
    let left = 0;
    for (let place = 0; place < hashes.length; place += 1) {
      left += hashes[place] !== 0 && now - (at[place] ?? 0) <= this.#keepMs ? 1 : 0;
    }
    const kept = new Places(Math.max(FIRST_PLACES, 2 ** Math.ceil(Math.log2(3 * (left + 1)))));
    const before = this.#groups;
    this.#groups = [];
    this.#numberOf.clear();
    const numbers = new Int32Array(before.length).fill(-1);
    for (let place = 0; place < hashes.length; place += 1) {
      const hash = hashes[place] ?? 0;
      const number = groups[place] ?? 0;
      const group = before[number];
      if (hash !== 0 && group !== undefined && now - (at[place] ?? 0) <= this.#keepMs) {
        numbers[number] = numbers[number] === -1 ? this.#number(group) : (numbers[number] ?? -1);
        kept.put(hash, numbers[number] ?? 0, at[place] ?? 0);
      }
    }
    this.#places = kept;
  }
}
