import { ABSENT, HOLE, STALE } from '../../model/sample.ts';
import { KahanSum } from '../../promql/evaluate/kahan.ts';
import { GroupMemory } from './group-memory.ts';
import type { SlotsAt } from './group-table.ts';
import { RangeNode } from './range-node.ts';
import type { GroupRows } from './watched-rows.ts';

interface Line {
  /** The index of the first value. */
  readonly start: number;
  readonly count: number;
  readonly sumX: number;
  readonly variance: number;
}

interface Whole {
  readonly from: number;
  readonly to: number;
  readonly sumX: number;
  readonly variance: number;
  /** See `GroupMemory`. */
  readonly come: number;
  readonly gone: number;
}

/** What depends on the times of a window only, in seconds from its first sample. */
interface Times {
  readonly sumX: number;
  readonly variance: number;
  /** Whether all of them are whole. */
  readonly isWhole: boolean;
}

const MOST_EXACT = Number.MAX_SAFE_INTEGER;
/** The engine rounds its products: where the result is a smaller part of them than this, what it lost may be seen at 1e-12. */
const MOST_LOST = 1024;
/** Veltkamp's constant: splits a number into two of half the digits. */
const SPLIT = 2 ** 27 + 1;

/**
 * `deriv`: the slope of the least squares line. What depends on times only is worked out once for all series that share them.
 * The arithmetic and its order are those of promql/functions/regression.ts.
 */
export class TrendNode extends RangeNode {
  #seconds: Float64Array = new Float64Array(64);
  #lastTimes: Times = { sumX: 0, variance: 0, isWhole: false };
  #lastCount = 0;
  readonly #memory = new GroupMemory();
  /** By place: the sums of y and of x·y in two parts each, x in seconds from the first sample, and the largest y they took in. */
  #sumY: Float64Array = new Float64Array(0);
  #restY: Float64Array = new Float64Array(0);
  #sumXY: Float64Array = new Float64Array(0);
  #restXY: Float64Array = new Float64Array(0);
  #peak: Float64Array = new Float64Array(0);
  #first: Float64Array = new Float64Array(0);
  #newest: Float64Array = new Float64Array(0);
  /** When the value last changed, was last not whole, and what was the newest when all was last added up. */
  #changedMs: Float64Array = new Float64Array(0);
  #roughMs: Float64Array = new Float64Array(0);
  #addedMs: Float64Array = new Float64Array(0);

  protected override readGroups(from: SlotsAt, to: SlotsAt): void {
    const { groups, groupNumbers } = this.watched;
    const newest = this.newest();
    this.#memory.follow(this.watched, this.fromMs);
    this.#reserve();
    for (let index = 0; index < groups.length; index += 1) {
      const rows = groups[index];
      const number = groupNumbers[index] ?? 0;
      const first = from.slots[number] ?? 0;
      const end = newest.ends[index] ?? 0;
      if (rows !== undefined && end - first >= 2 && this.isSteady(index, first)) {
        const { sumX, variance, isWhole } = this.#times(rows.group.timestamps, first, end);
        if (isWhole) {
          const come = this.#memory.come(index, newest);
          const gone = this.#memory.gone(index, number, from);
          this.#readWhole(rows, { from: first, to: end, sumX, variance, come, gone });
          this.#memory.note(index, from.nextMs[number] ?? 0, newest.lastMs[index] ?? 0);
          continue;
        }
      }
      this.#memory.forget(index);
      this.readGroupAt(index, from, to);
    }
  }

  protected override readSlots(rows: GroupRows, from: number, to: number): void {
    const { group } = rows;
    const { placedRows, placedColumns } = this.watched;
    const count = to - from;
    if (this.fromMs < rows.groupedAfterMs || count < 2) {
      super.readSlots(rows, from, to);
      return;
    }
    const { sumX, variance } = this.#times(group.timestamps, from, to);
    const { values, stride, lastGap } = group;
    for (let i = rows.begin; i < rows.end; i += 1) {
      const column = placedColumns[i] ?? 0;
      const base = column * stride;
      const last = values[base + to - 1] ?? HOLE;
      const row = placedRows[i] ?? 0;
      if (last === HOLE || last === STALE || (lastGap[column] ?? 0) >= from) {
        this.values[row] = this.readGappy(rows, column, { from, to });
      } else {
        const slope = this.#slope(values, { start: base + from, count, sumX, variance });
        this.values[row] = slope === ABSENT ? this.readDense(rows, column, { from, to }) : slope;
      }
    }
  }

  /**
   * The sums go on with the samples that come and leave. They are kept in two parts (Dekker), so that they are those of adding up
   * anew. The slope is what little is left of their difference: where that is so little that the rounding of the products could be
   * seen in it, it is worked out anew. Whole numbers have no such rounding.
   */
  #readWhole(rows: GroupRows, whole: Whole): void {
    const { from, to, sumX, variance, come, gone } = whole;
    const { timestamps } = rows.group;
    const { placedRows } = this.watched;
    const firstMs = timestamps[from] ?? 0;
    const lasts = this.newest().values;
    const leading = this.watched.leadingOf(this.window.lengthMs);
    const offset = leading.offsetOf(this.watched, rows.index, { slot: from, timeMs: firstMs });
    const isKnown = come <= 1 && gone <= 1;
    const shift = gone === 1 ? (firstMs - (timestamps[from - 1] ?? 0)) / 1000 : 0;
    const x = ((timestamps[to - 1] ?? 0) - firstMs) / 1000;
    for (let i = rows.begin; i < rows.end; i += 1) {
      if (isKnown) {
        if (gone === 1) {
          this.#leave(i, this.#first[i] ?? 0, shift);
        }
        if (come === 1) {
          this.#come(i, lasts[i] ?? 0, { x, timeMs: timestamps[to - 1] ?? 0 });
        }
      } else {
        this.#addUp(rows, i, whole);
      }
      this.#first[i] = leading.values[offset + i] ?? 0;
      const numerator = this.#covariance(i, { sumX, count: to - from, firstMs });
      this.values[placedRows[i] ?? 0] = Number.isNaN(numerator) ? this.#anew(rows, i, whole) : numerator / variance;
    }
  }

  /** NaN where it has to be worked out anew. */
  #covariance(place: number, { sumX, count, firstMs }: { sumX: number; count: number; firstMs: number }): number {
    const newest = this.#newest[place] ?? 0;
    if (!((this.#changedMs[place] ?? 0) > firstMs)) {
      return Number.isFinite(newest) ? 0 : Number.NaN;
    }
    const sumY = (this.#sumY[place] ?? 0) + (this.#restY[place] ?? 0);
    const sumXY = (this.#sumXY[place] ?? 0) + (this.#restXY[place] ?? 0);
    const covariance = sumXY - (sumX * sumY) / count;
    const most = sumX * (this.#peak[place] ?? 0);
    const isExact = (this.#roughMs[place] ?? 0) < firstMs && most <= MOST_EXACT;
    return isExact || Math.abs(covariance) * MOST_LOST >= most ? covariance : Number.NaN;
  }

  #anew(rows: GroupRows, place: number, whole: Whole): number {
    const { from, to, sumX, variance } = whole;
    const { timestamps, values, stride } = rows.group;
    const column = this.watched.placedColumns[place] ?? 0;
    // The largest value may have left, or one that spoilt the sums.
    if ((this.#addedMs[place] ?? 0) < (timestamps[from] ?? 0)) {
      this.#addUp(rows, place, whole);
    }
    const slope = this.#slope(values, { start: column * stride + from, count: to - from, sumX, variance });
    return slope === ABSENT ? this.readDense(rows, column, { from, to }) : slope;
  }

  /** The first sample leaves, and times are counted from the next, so much later. */
  #leave(place: number, value: number, shift: number): void {
    const before = this.#sumY[place] ?? 0;
    const sum = before - value;
    const part = sum - before;
    const rest = (this.#restY[place] ?? 0) + (before - (sum - part) - (value + part));
    this.#sumY[place] = sum;
    this.#restY[place] = rest;
    this.#addProduct(place, -shift, sum);
    this.#restXY[place] = (this.#restXY[place] ?? 0) - shift * rest;
  }

  #come(place: number, value: number, { x, timeMs }: { readonly x: number; readonly timeMs: number }): void {
    if (value !== this.#newest[place]) {
      this.#changedMs[place] = timeMs;
    }
    if (!Number.isInteger(value)) {
      this.#roughMs[place] = timeMs;
    }
    this.#newest[place] = value;
    const size = Math.abs(value);
    if (!(size <= (this.#peak[place] ?? 0))) {
      this.#peak[place] = size;
    }
    const before = this.#sumY[place] ?? 0;
    const sum = before + value;
    const part = sum - before;
    this.#sumY[place] = sum;
    this.#restY[place] = (this.#restY[place] ?? 0) + (before - (sum - part) + (value - part));
    this.#addProduct(place, x, value);
  }

  /** Adds `factor * value` to the sum of products, without rounding; the factor is whole and below 2^26. */
  #addProduct(place: number, factor: number, value: number): void {
    const spread = SPLIT * value;
    const high = spread - (spread - value);
    const large = factor * high;
    const small = factor * (value - high);
    const before = this.#sumXY[place] ?? 0;
    const sum = before + large;
    const part = sum - before;
    const total = sum + small;
    const partOfTotal = total - sum;
    this.#sumXY[place] = total;
    this.#restXY[place] =
      (this.#restXY[place] ?? 0) +
      (before - (sum - part) + (large - part) + (sum - (total - partOfTotal) + (small - partOfTotal)));
  }

  #addUp({ group }: GroupRows, place: number, { from, to }: Whole): void {
    const { timestamps, values, stride } = group;
    const base = (this.watched.placedColumns[place] ?? 0) * stride;
    const firstMs = timestamps[from] ?? 0;
    this.#sumY[place] = 0;
    this.#restY[place] = 0;
    this.#sumXY[place] = 0;
    this.#restXY[place] = 0;
    this.#peak[place] = 0;
    this.#roughMs[place] = Number.NEGATIVE_INFINITY;
    this.#newest[place] = values[base + from] ?? 0;
    this.#changedMs[place] = Number.NEGATIVE_INFINITY;
    this.#addedMs[place] = timestamps[to - 1] ?? 0;
    for (let slot = from; slot < to; slot += 1) {
      const timeMs = timestamps[slot] ?? 0;
      this.#come(place, values[base + slot] ?? 0, { x: (timeMs - firstMs) / 1000, timeMs });
    }
  }

  #reserve(): void {
    const places = this.watched.placedRows.length;
    if (this.#sumY.length < places) {
      this.#sumY = grown(this.#sumY, places);
      this.#restY = grown(this.#restY, places);
      this.#sumXY = grown(this.#sumXY, places);
      this.#restXY = grown(this.#restXY, places);
      this.#peak = grown(this.#peak, places);
      this.#first = grown(this.#first, places);
      this.#newest = grown(this.#newest, places);
      this.#changedMs = grown(this.#changedMs, places);
      this.#roughMs = grown(this.#roughMs, places);
      this.#addedMs = grown(this.#addedMs, places);
    }
  }

  /** Whether the times stand as far apart as those worked out last, as they do where all is scraped in one rhythm. */
  #isAsBefore(timestamps: Float64Array, from: number, to: number): boolean {
    if (to - from !== this.#lastCount) {
      return false;
    }
    const seconds = this.#seconds;
    const originMs = timestamps[from] ?? 0;
    for (let slot = from; slot < to; slot += 1) {
      if (((timestamps[slot] ?? 0) - originMs) / 1000 !== seconds[slot - from]) {
        return false;
      }
    }
    return true;
  }

  #times(timestamps: Float64Array, from: number, to: number): Times {
    if (this.#seconds.length < to - from) {
      this.#seconds = new Float64Array((to - from) * 2);
    }
    const originMs = timestamps[from] ?? 0;
    if (this.#isAsBefore(timestamps, from, to)) {
      return this.#lastTimes;
    }
    let isWhole = true;
    const sumX = new KahanSum();
    const sumX2 = new KahanSum();
    for (let slot = from; slot < to; slot += 1) {
      const x = ((timestamps[slot] ?? 0) - originMs) / 1000;
      this.#seconds[slot - from] = x;
      isWhole &&= Number.isInteger(x);
      sumX.add(x);
      sumX2.add(x * x);
    }
    const count = to - from;
    this.#lastTimes = { sumX: sumX.value, variance: sumX2.value - (sumX.value * sumX.value) / count, isWhole };
    this.#lastCount = count;
    return this.#lastTimes;
  }

  /** ABSENT for what has to be left to the engine's own code: constants and what is not finite. */
  #slope(values: Float64Array, { start, count, sumX, variance }: Line): number {
    const seconds = this.#seconds;
    const first = values[start] ?? 0;
    let sumY = 0;
    let errorY = 0;
    let sumXY = 0;
    let errorXY = 0;
    let isConstant = true;
    for (let i = 0; i < count; i += 1) {
      const y = values[start + i] ?? 0;
      isConstant &&= y === first;
      const nextY = sumY + y;
      const partY = nextY - sumY;
      errorY += sumY - (nextY - partY) + (y - partY);
      sumY = nextY;
      const product = (seconds[i] ?? 0) * y;
      const nextXY = sumXY + product;
      const partXY = nextXY - sumXY;
      errorXY += sumXY - (nextXY - partXY) + (product - partXY);
      sumXY = nextXY;
    }
    const y = sumY + errorY;
    const xy = sumXY + errorXY;
    if (isConstant || !Number.isFinite(y) || !Number.isFinite(xy)) {
      return ABSENT;
    }
    return (xy - (sumX * y) / count) / variance;
  }
}

function grown(column: Float64Array, length: number): Float64Array {
  const larger = new Float64Array(length);
  larger.set(column);
  return larger;
}
