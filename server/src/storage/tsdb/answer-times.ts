import { lowerBound } from './column.ts';

/** The rows of a time column inside the window. */
export interface Clip {
  readonly from: number;
  readonly to: number;
  /** One object for all columns whose times in the window are the same. */
  readonly timestamps: Float64Array;
}

/** Time columns one after the other. */
export interface Joint {
  /** True when each begins after the one before it ends. Otherwise `timestamps` is empty. */
  readonly isInOrder: boolean;
  readonly timestamps: Float64Array;
}

interface JointNode {
  readonly next: Map<Float64Array, JointNode>;
  joint?: Joint;
}

/** Columns compared before one that ends alike is taken for a new one. */
const MAX_COMPARED = 8;
const NOTHING = new Float64Array(0);

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
  readonly #joints: JointNode = { next: new Map() };

  /** @param window both ends inclusive */
  constructor(window: { readonly fromMs: number; readonly toMs: number }) {
    this.#fromMs = window.fromMs;
    this.#toMs = window.toMs;
  }

  /** Which rows lie in the window. */
  clip(timestamps: Float64Array): Clip {
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

  /** All of them as one column. They must be `shared`. */
  join(parts: readonly Float64Array[]): Joint {
    let node = this.#joints;
    for (const part of parts) {
      let next = node.next.get(part);
      if (next === undefined) {
        next = { next: new Map() };
        node.next.set(part, next);
      }
      node = next;
    }
    node.joint ??= this.#joinNew(parts);
    return node.joint;
  }

  #joinNew(parts: readonly Float64Array[]): Joint {
    const [only = NOTHING] = parts;
    if (parts.length <= 1) {
      return { isInOrder: true, timestamps: only };
    }
    let length = 0;
    let last = Number.NEGATIVE_INFINITY;
    for (const part of parts) {
      if ((part[0] ?? Number.POSITIVE_INFINITY) <= last) {
        return { isInOrder: false, timestamps: NOTHING };
      }
      last = part[part.length - 1] ?? last;
      length += part.length;
    }
    const timestamps = new Float64Array(length);
    let at = 0;
    for (const part of parts) {
      timestamps.set(part, at);
      at += part.length;
    }
    return { isInOrder: true, timestamps: this.shared(timestamps) };
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
