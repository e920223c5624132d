import { ABSENT } from '../../model/sample.ts';
import type { RowTarget } from './row-source.ts';

export interface RankedPoint {
  readonly row: number;
  readonly value: number;
}

/**
 * The points of one group that topk, bottomk or limitk keeps: a binary heap for every step whose root is what leaves first.
 * Ties are kept as Go's container/heap keeps them, as Prometheus does.
 */
export class RankHeaps {
  readonly #limits: Int32Array;
  readonly #capacity: number;
  readonly #keepsFirst: boolean;
  /** 1 keeps large values (topk), -1 small ones. */
  readonly #sign: number;
  /** The heap of step i lies at `i * capacity`. */
  readonly #rows: Int32Array;
  readonly #values: Float64Array;
  readonly #sizes: Int32Array;

  /** @param limits how many points to keep at each step. @param capacity the most that can come together at any step. */
  constructor(op: 'topk' | 'bottomk' | 'limitk', limits: Int32Array, capacity: number) {
    this.#limits = limits;
    this.#capacity = capacity;
    this.#keepsFirst = op === 'limitk';
    this.#sign = op === 'bottomk' ? -1 : 1;
    this.#rows = new Int32Array(limits.length * capacity);
    this.#values = new Float64Array(limits.length * capacity);
    this.#sizes = new Int32Array(limits.length);
  }

  /** Offers the points of a row's span. Rows come in the order of the input. */
  offer(row: number, { out: points, firstStep, endStep }: RowTarget): void {
    const sizes = this.#sizes;
    for (let step = firstStep; step < endStep; step += 1) {
      const value = points[step] ?? ABSENT;
      if (value === ABSENT) {
        continue;
      }
      const size = sizes[step] ?? 0;
      const base = step * this.#capacity;
      if (size < Math.min(this.#limits[step] ?? 0, this.#capacity)) {
        this.#put(base + size, row, value);
        sizes[step] = size + 1;
        this.#rise(base, size);
      } else if (size > 0 && !this.#keepsFirst && this.#replaces(this.#values[base] ?? 0, value)) {
        this.#put(base, row, value);
        this.#sink(base, size);
      }
    }
  }

  /** Every kept point, step by step. */
  visit(see: (row: number, step: number, value: number) => void): void {
    for (let step = 0; step < this.#sizes.length; step += 1) {
      const base = step * this.#capacity;
      for (let i = base; i < base + (this.#sizes[step] ?? 0); i += 1) {
        see(this.#rows[i] ?? 0, step, this.#values[i] ?? 0);
      }
    }
  }

  /** The points kept at a step, best first, NaN last. limitk keeps the order of the input. */
  ranked(step: number): RankedPoint[] {
    const base = step * this.#capacity;
    const points = Array.from({ length: this.#sizes[step] ?? 0 }, (_, i) => ({
      row: this.#rows[base + i] ?? 0,
      value: this.#values[base + i] ?? 0,
    }));
    return this.#keepsFirst ? points : points.sort((a, b) => this.#rank(a.value, b.value));
  }

  #rank(a: number, b: number): number {
    if (Number.isNaN(a) || Number.isNaN(b)) {
      return Number(Number.isNaN(a)) - Number(Number.isNaN(b));
    }
    return this.#sign * (b - a) || 0;
  }

  #replaces(root: number, value: number): boolean {
    return Number.isNaN(root) ? !Number.isNaN(value) : this.#sign * root < this.#sign * value;
  }

  /** Whether `a` leaves before `b`: NaN before anything. */
  #leavesBefore(a: number, b: number): boolean {
    return Number.isNaN(a) || this.#sign * a < this.#sign * b;
  }

  #put(at: number, row: number, value: number): void {
    this.#rows[at] = row;
    this.#values[at] = value;
  }

  #rise(base: number, from: number): void {
    if (this.#keepsFirst) {
      return;
    }
    for (let child = from; child > 0; ) {
      const parent = (child - 1) >> 1;
      if (!this.#leavesBefore(this.#values[base + child] ?? 0, this.#values[base + parent] ?? 0)) {
        return;
      }
      this.#swap(base + child, base + parent);
      child = parent;
    }
  }

  #sink(base: number, size: number): void {
    for (let parent = 0; ; ) {
      const left = 2 * parent + 1;
      if (left >= size) {
        return;
      }
      const right = left + 1;
      const isRight = right < size && this.#leavesBefore(this.#values[base + right] ?? 0, this.#values[base + left] ?? 0);
      const child = isRight ? right : left;
      if (!this.#leavesBefore(this.#values[base + child] ?? 0, this.#values[base + parent] ?? 0)) {
        return;
      }
      this.#swap(base + child, base + parent);
      parent = child;
    }
  }

  #swap(a: number, b: number): void {
    const row = this.#rows[a] ?? 0;
    const value = this.#values[a] ?? 0;
    this.#put(a, this.#rows[b] ?? 0, this.#values[b] ?? 0);
    this.#put(b, row, value);
  }
}
