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

/**
 * `deriv`: the slope of the least squares line. What depends on times only is worked out once for all series that share them.
 * The arithmetic and its order are those of promql/functions/regression.ts.
 */
export class TrendNode extends RangeNode {
  #seconds: Float64Array = new Float64Array(64);
  #lastTimes: Times = { sumX: 0, variance: 0, isWhole: false };
  #lastCount = 0;
  readonly #memory = new GroupMemory();
  /** By place, for values that are whole: sums of y and of x·y, x from `#originMs`; and when the value last changed. NaN: not whole. */
  #sumY: Float64Array = new Float64Array(0);
  #sumXY: Float64Array = new Float64Array(0);
  #first: Float64Array = new Float64Array(0);
  #newest: Float64Array = new Float64Array(0);
  #changedMs: Float64Array = new Float64Array(0);
  /** By group. */
  #originMs: Float64Array = new Float64Array(0);

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
   * Sums of whole numbers below 2^53 are exact in any order, so they may go on from tick to tick and the result is still that of
   * adding up anew. Values must not be negative, so that a sum bounds all that was added.
   */
  #readWhole(rows: GroupRows, { from, to, sumX, variance, come: fresh, gone: left }: Whole): void {
    const { timestamps, values, stride } = rows.group;
    const { placedRows, placedColumns } = this.watched;
    const firstMs = timestamps[from] ?? 0;
    const isKnown = fresh <= 1 && left <= 1;
    if (!isKnown) {
      this.#originMs[rows.index] = firstMs;
    }
    const originMs = this.#originMs[rows.index] ?? 0;
    const x = ((timestamps[to - 1] ?? 0) - originMs) / 1000;
    const goneX = ((timestamps[from - left] ?? 0) - originMs) / 1000;
    const originX = (firstMs - originMs) / 1000;
    const lasts = this.newest().values;
    const leading = this.watched.leadingOf(this.window.lengthMs);
    const offset = leading.offsetOf(this.watched, rows.index, { slot: from, timeMs: firstMs });
    const count = to - from;
    const isNew = fresh === 1;
    for (let i = rows.begin; i < rows.end; i += 1) {
      const base = (placedColumns[i] ?? 0) * stride;
      if (!isKnown) {
        this.#addUp(rows, i, { base, from, to });
      } else {
        const y = lasts[i] ?? 0;
        const gone = left === 1 ? (this.#first[i] ?? 0) : 0;
        if (isNew && y !== this.#newest[i]) {
          this.#changedMs[i] = timestamps[to - 1] ?? 0;
        }
        const come = isNew && (y < 0 || !Number.isSafeInteger(y)) ? Number.NaN : y;
        this.#sumY[i] = (this.#sumY[i] ?? 0) + (isNew ? come : 0) - gone;
        this.#sumXY[i] = (this.#sumXY[i] ?? 0) + (isNew ? x * come : 0) - goneX * gone;
      }
      this.#newest[i] = lasts[i] ?? 0;
      this.#first[i] = leading.values[offset + i] ?? 0;
      const sumY = this.#sumY[i] ?? 0;
      const sumXY = this.#sumXY[i] ?? 0;
      const row = placedRows[i] ?? 0;
      if (sumXY <= MOST_EXACT && sumY <= MOST_EXACT && (this.#changedMs[i] ?? 0) > firstMs) {
        this.values[row] = (sumXY - originX * sumY - (sumX * sumY) / count) / variance;
      } else {
        this.#sumXY[i] = sumXY <= MOST_EXACT ? sumXY : Number.NaN;
        const slope = this.#slope(values, { start: base + from, count, sumX, variance });
        this.values[row] = slope === ABSENT ? this.readDense(rows, placedColumns[i] ?? 0, { from, to }) : slope;
      }
    }
  }

  /** The sums of one row, NaN when they cannot be exact. */
  #addUp({ group, index }: GroupRows, place: number, { base, from, to }: { base: number; from: number; to: number }): void {
    const { timestamps, values } = group;
    const originMs = this.#originMs[index] ?? 0;
    let sumY = 0;
    let sumXY = 0;
    let changedMs = Number.NEGATIVE_INFINITY;
    for (let slot = from; slot < to; slot += 1) {
      const y = values[base + slot] ?? 0;
      if (slot > from && y !== values[base + slot - 1]) {
        changedMs = timestamps[slot] ?? 0;
      }
      const whole = y < 0 || !Number.isSafeInteger(y) ? Number.NaN : y;
      sumY += whole;
      sumXY += (((timestamps[slot] ?? 0) - originMs) / 1000) * whole;
    }
    this.#sumY[place] = sumY;
    this.#sumXY[place] = sumXY;
    this.#changedMs[place] = changedMs;
  }

  #reserve(): void {
    const places = this.watched.placedRows.length;
    if (this.#sumY.length < places) {
      this.#sumY = grown(this.#sumY, places);
      this.#sumXY = grown(this.#sumXY, places);
      this.#first = grown(this.#first, places);
      this.#newest = grown(this.#newest, places);
      this.#changedMs = grown(this.#changedMs, places);
    }
    if (this.#originMs.length < this.watched.groups.length) {
      this.#originMs = grown(this.#originMs, Math.ceil(this.watched.groups.length * 1.25));
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
