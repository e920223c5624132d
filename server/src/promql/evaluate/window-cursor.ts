/** The windows of a range function: step i looks at (firstEndMs + i * stepMs - rangeMs, firstEndMs + i * stepMs]. */
export interface WindowGrid {
  readonly firstEndMs: number;
  /** 0 when `@` pins the window. */
  readonly stepMs: number;
  readonly steps: number;
  readonly rangeMs: number;
}

/** Steps from `firstStep` up to before `endStep`. */
export interface StepSpan {
  firstStep: number;
  endStep: number;
}

/**
 * Which samples each window holds, for one list of timestamps at a time. Series that share their timestamps share the answer:
 * it is only computed anew when the timestamps change.
 */
export class WindowCursor implements StepSpan {
  readonly grid: WindowGrid;
  /** Windows of steps outside are empty: nothing is said of them below. */
  firstStep = 0;
  endStep = 0;
  /** The first sample of each step's window. */
  readonly from: Int32Array;
  /** Behind the last sample of each step's window; equal to `from` when the window is empty. */
  readonly to: Int32Array;
  /** Rises whenever `from` and `to` change. */
  version = 0;
  #timestamps: Float64Array = new Float64Array(0);

  constructor(grid: WindowGrid) {
    this.grid = grid;
    this.from = new Int32Array(grid.steps);
    this.to = new Int32Array(grid.steps);
  }

  get timestamps(): Float64Array {
    return this.#timestamps;
  }

  moveTo(timestamps: Float64Array): void {
    if (this.version > 0 && isSameList(timestamps, this.#timestamps)) {
      return;
    }
    this.#timestamps = timestamps;
    this.version += 1;
    const { from, to } = this;
    const { firstEndMs, stepMs, rangeMs } = this.grid;
    const { length } = timestamps;
    setSpan(this, timestamps, this.grid);
    let first = firstAfter(timestamps, firstEndMs + this.firstStep * stepMs - rangeMs);
    let behind = first;
    for (let step = this.firstStep; step < this.endStep; step += 1) {
      const endMs = firstEndMs + step * stepMs;
      while (first < length && (timestamps[first] ?? 0) <= endMs - rangeMs) {
        first += 1;
      }
      behind = Math.max(behind, first);
      while (behind < length && (timestamps[behind] ?? 0) <= endMs) {
        behind += 1;
      }
      from[step] = first;
      to[step] = behind;
    }
  }
}

/** The newest sample in each step's lookback window (t - lookback, t], for one list of timestamps at a time. */
export class NewestCursor implements StepSpan {
  /** An index into the timestamps, -1 where there is none. Nothing is said of steps outside the span: there is none. */
  readonly newest: Int32Array;
  firstStep = 0;
  endStep = 0;
  readonly #grid: WindowGrid;
  #timestamps: Float64Array | undefined;

  /** `rangeMs` is the lookback. */
  constructor(grid: WindowGrid) {
    this.#grid = grid;
    this.newest = new Int32Array(grid.steps);
  }

  moveTo(timestamps: Float64Array): void {
    if (this.#timestamps !== undefined && isSameList(timestamps, this.#timestamps)) {
      return;
    }
    this.#timestamps = timestamps;
    const { newest } = this;
    const { firstEndMs, stepMs, rangeMs } = this.#grid;
    const { length } = timestamps;
    setSpan(this, timestamps, this.#grid);
    let next = firstAfter(timestamps, firstEndMs + this.firstStep * stepMs);
    for (let step = this.firstStep; step < this.endStep; step += 1) {
      const timeMs = firstEndMs + step * stepMs;
      while (next < length && (timestamps[next] ?? 0) <= timeMs) {
        next += 1;
      }
      newest[step] = next > 0 && (timestamps[next - 1] ?? 0) > timeMs - rangeMs ? next - 1 : -1;
    }
  }
}

/** The steps whose windows reach from the first timestamp to the last: all others are empty. */
function setSpan(span: StepSpan, timestamps: Float64Array, { firstEndMs, stepMs, steps, rangeMs }: WindowGrid): void {
  const { length } = timestamps;
  if (length === 0 || stepMs === 0) {
    span.firstStep = 0;
    span.endStep = length === 0 ? 0 : steps;
    return;
  }
  const first = Math.ceil(((timestamps[0] ?? 0) - firstEndMs) / stepMs);
  const end = Math.ceil(((timestamps[length - 1] ?? 0) + rangeMs - firstEndMs) / stepMs);
  span.firstStep = Math.min(Math.max(first, 0), steps);
  span.endStep = Math.min(Math.max(end, span.firstStep), steps);
}

/** Whether two lists are the same memory. Looks at the ends first: asking a small typed array for its buffer is slow. */
function isSameList(a: Float64Array, b: Float64Array): boolean {
  if (a === b) {
    return true;
  }
  const last = a.length - 1;
  return a.length === b.length && a[0] === b[0] && a[last] === b[last] && a.byteOffset === b.byteOffset && a.buffer === b.buffer;
}

/** The index of the first timestamp after `time` in a rising list. */
export function firstAfter(timestamps: Float64Array, time: number): number {
  let low = 0;
  let high = timestamps.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((timestamps[middle] ?? 0) <= time) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}
