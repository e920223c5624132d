import { type Column, EMPTY_COLUMN, lowerBound, mergeColumns } from './column.ts';

interface Clip {
  readonly from: number;
  readonly to: number;
  readonly timestamps: Float64Array;
}

interface Joint {
  /** The time columns that were joined, in their order. */
  readonly parts: readonly Float64Array[];
  readonly timestamps: Float64Array;
}

/**
 * Cuts and joins the columns of one answer. Columns that share one object of times before share one after, so that whoever
 * reads the answer can work out windows once for all of them.
 */
export class ColumnJoiner {
  readonly #fromMs: number;
  readonly #toMs: number;
  readonly #clips = new Map<Float64Array, Clip>();
  /** By the times of the last part. */
  readonly #joints = new Map<Float64Array, Joint>();

  /** @param window both ends inclusive */
  constructor(window: { readonly fromMs: number; readonly toMs: number }) {
    this.#fromMs = window.fromMs;
    this.#toMs = window.toMs;
  }

  /** The rows inside the window, as views. */
  clip({ timestamps, values }: Column): Column {
    const known = this.#clips.get(timestamps);
    const clip = known ?? this.#makeClip(timestamps);
    if (known === undefined) {
      this.#clips.set(timestamps, clip);
    }
    return clip.from === clip.to ? EMPTY_COLUMN : { timestamps: clip.timestamps, values: values.subarray(clip.from, clip.to) };
  }

  /** Joins sorted columns into one with strictly rising times. Of rows with equal times, the one in the earlier column stays. */
  join(columns: readonly Column[]): Column {
    const filled = columns.filter(({ timestamps }) => timestamps.length > 0);
    const byStart = filled.length > 1 ? filled.toSorted((a, b) => (a.timestamps[0] ?? 0) - (b.timestamps[0] ?? 0)) : filled;
    return isInOrder(byStart) ? this.#concatenate(byStart) : mergeColumns(filled);
  }

  #concatenate(parts: readonly Column[]): Column {
    const last = parts.at(-1);
    if (last === undefined || parts.length === 1) {
      return last ?? EMPTY_COLUMN;
    }
    const known = this.#joints.get(last.timestamps);
    if (known?.parts.length === parts.length && parts.every(({ timestamps }, i) => timestamps === known.parts[i])) {
      return { timestamps: known.timestamps, values: concatenateValues(parts, known.timestamps.length) };
    }
    const joined = mergeColumns(parts);
    this.#joints.set(last.timestamps, { parts: parts.map(({ timestamps }) => timestamps), timestamps: joined.timestamps });
    return joined;
  }

  #makeClip(timestamps: Float64Array): Clip {
    const from = lowerBound(timestamps, this.#fromMs, { from: 0, to: timestamps.length });
    // The first time after an inclusive end: the next larger whole millisecond.
    const to = lowerBound(timestamps, Math.floor(this.#toMs) + 1, { from, to: timestamps.length });
    return { from, to, timestamps: timestamps.subarray(from, to) };
  }
}

function isInOrder(parts: readonly Column[]): boolean {
  return parts.every(({ timestamps }, i) => {
    const before = parts[i - 1]?.timestamps;
    return before === undefined || (before[before.length - 1] ?? Infinity) < (timestamps[0] ?? -Infinity);
  });
}

function concatenateValues(parts: readonly Column[], length: number): Float64Array {
  const values = new Float64Array(length);
  let at = 0;
  for (const part of parts) {
    values.set(part.values, at);
    at += part.values.length;
  }
  return values;
}
