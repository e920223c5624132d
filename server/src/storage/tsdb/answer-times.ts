import { lowerBound } from './column.ts';

/** The rows of a time column inside the window. */
export interface Clip {
  readonly from: number;
  readonly to: number;
  /** One object for all columns whose times in the window are the same. */
  readonly timestamps: Float64Array;
}

const NOTHING: Float64Array = new Float64Array(0);

/** Time columns one after the other, each beginning after the one before it ends. */
export class Stretch {
  /** Rows in all of them. */
  readonly length: number;
  readonly #before: Stretch | undefined;
  readonly #part: Float64Array;
  readonly #next = new Map<Float64Array, Stretch | undefined>();
  /** The answer given last: the next series nearly always asks for the same. */
  #newest: Float64Array | undefined;
  #afterNewest: Stretch | undefined;
  #timestamps: Float64Array | undefined;

  constructor(before?: Stretch, part: Float64Array = NOTHING) {
    this.length = (before?.length ?? 0) + part.length;
    this.#before = before;
    this.#part = part;
  }

  /** With one more column behind, which must not be empty; the same object each time. Undefined where it begins too early. */
  followedBy(part: Float64Array): Stretch | undefined {
    if (part !== this.#newest) {
      this.#newest = part;
      this.#afterNewest = this.#next.has(part) ? this.#next.get(part) : this.#make(part);
    }
    return this.#afterNewest;
  }

  #make(part: Float64Array): Stretch | undefined {
    const isInOrder = (this.#part[this.#part.length - 1] ?? Number.NEGATIVE_INFINITY) < (part[0] ?? Number.NEGATIVE_INFINITY);
    const next = isInOrder ? new Stretch(this, part) : undefined;
    this.#next.set(part, next);
    return next;
  }

  /** All times as one column, the same object each time. */
  get timestamps(): Float64Array {
    this.#timestamps ??= this.#join();
    return this.#timestamps;
  }

  #join(): Float64Array {
    if (this.length === this.#part.length) {
      return this.#part;
    }
    const timestamps = new Float64Array(this.length);
    let end = this.length;
    for (let part: Stretch | undefined = this; part !== undefined; part = part.#before) {
      const times = part.#part;
      end -= times.length;
      // For columns as short as these, quicker than `set`.
      for (let i = 0; i < times.length; i += 1) {
        timestamps[end + i] = times[i] ?? 0;
      }
    }
    return timestamps;
  }
}

/** Columns compared before one that ends alike is taken for a new one. */
const MAX_COMPARED = 8;

/**
 * The times of one answer: equal columns become one object, in blocks and in memory, cut or joined, so that they are cut and
 * joined once, and whoever reads the answer works out windows once for all of them.
 */
export class AnswerTimes {
  readonly #fromMs: number;
  readonly #toMs: number;
  readonly #clips = new Map<Float64Array, Clip>();
  readonly #known = new Map<Float64Array, Float64Array>();
  readonly #alike = new Map<number, Float64Array[]>();
  /** Nothing yet: where the columns of every series begin. */
  readonly start = new Stretch();

  /** @param window both ends inclusive */
  constructor(window: { readonly fromMs: number; readonly toMs: number }) {
    this.#fromMs = window.fromMs;
    this.#toMs = window.toMs;
  }

  /** Which rows lie in the window. */
  clip(timestamps: Float64Array): Clip {
    const { length } = timestamps;
    if (length > 0 && (timestamps[0] ?? 0) >= this.#fromMs && (timestamps[length - 1] ?? Infinity) <= this.#toMs) {
      return { from: 0, to: length, timestamps: this.shared(timestamps) };
    }
    const known = this.#clips.get(timestamps);
    if (known !== undefined) {
      return known;
    }
    const from = lowerBound(timestamps, this.#fromMs, { from: 0, to: timestamps.length });
    // The first time after an inclusive end: the next larger whole millisecond.
    const to = lowerBound(timestamps, Math.floor(this.#toMs) + 1, { from, to: timestamps.length });
    const clip = { from, to, timestamps: this.shared(timestamps.subarray(from, to)) };
    this.#clips.set(timestamps, clip);
    return clip;
  }

  /** The first column seen with these very times. */
  shared(timestamps: Float64Array): Float64Array {
    const known = this.#known.get(timestamps);
    if (known !== undefined) {
      return known;
    }
    const shared = this.#lookUp(timestamps);
    this.#known.set(timestamps, shared);
    return shared;
  }

  #lookUp(timestamps: Float64Array): Float64Array {
    const { length } = timestamps;
    const shape = (timestamps[0] ?? 0) * 31 + (timestamps[length - 1] ?? 0) + length;
    const alike = this.#alike.get(shape);
    if (alike === undefined) {
      this.#alike.set(shape, [timestamps]);
      return timestamps;
    }
    const known = alike.find((other) => areEqual(other, timestamps));
    if (known === undefined && alike.length < MAX_COMPARED) {
      alike.push(timestamps);
    }
    return known ?? timestamps;
  }
}

function areEqual(a: Float64Array, b: Float64Array): boolean {
  const { length } = a;
  if (length !== b.length) {
    return false;
  }
  for (let i = 0; i < length; i += 1) {
    if (a[i] !== b[i]) {
      return false;
    }
  }
  return true;
}
