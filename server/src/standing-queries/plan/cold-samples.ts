import type { HotReader } from '../../model/hot-series.ts';
import type { Matcher } from '../../model/matcher.ts';
import type { SeriesReader, SeriesSamples } from '../../model/series-store.ts';
import { PlanUnfitError } from './plan-node.ts';
import type { RowSamples } from './selector-node.ts';
import type { WatchedRows } from './watched-rows.ts';

/** Samples that plans may keep of what lies outside the store's memory, over all of them. */
export interface ColdBudget {
  readonly maxSamples: number;
  samples: number;
}

export interface ColdSamplesDeps {
  readonly reader: Pick<SeriesReader, 'select'>;
  readonly hot: Pick<HotReader, 'lateWrites'>;
  readonly budget: ColdBudget;
}

/** Copies nobody has needed for this long are forgotten. */
const UNUSED_MS = 1_800_000;
/** How far before the oldest window is kept: rule groups ask for times that differ by their slots. */
const SLACK_MS = 60_000;

/** How far ahead of an offset's window is read at once, so that the next ticks need not read. */
const AHEAD_MS = 600_000;

interface Copy {
  timestamps: Float64Array;
  values: Float64Array;
  end: number;
}

/**
 * A selector's samples from before the store's memory begins: read once, then only what has left memory since. Late samples of
 * that time make it read everything again.
 */
export class ColdSamples implements Disposable {
  readonly #deps: ColdSamplesDeps;
  readonly #watched: WatchedRows;
  readonly #matchers: readonly Matcher[];
  readonly #copies = new Map<string, Copy>();
  #fromMs = Number.POSITIVE_INFINITY;
  #toMs = Number.NEGATIVE_INFINITY;
  #lateWrites = -1;
  /** By row of the selection, as far as asked for. */
  readonly #byRow: (Copy | undefined)[] = [];
  #rowsEpoch = -1;
  #held = 0;
  /** The longest window asked for, and when one was. */
  #reachMs = 0;
  #neededMs = Number.NEGATIVE_INFINITY;
  #scratch: { timestamps: Float64Array; values: Float64Array } = {
    timestamps: new Float64Array(64),
    values: new Float64Array(64),
  };

  constructor(deps: ColdSamplesDeps, watched: WatchedRows, matchers: readonly Matcher[]) {
    this.#deps = deps;
    this.#watched = watched;
    this.#matchers = matchers;
  }

  /** Makes everything of a window that is outside memory readable by `before`. `null` when it is. @throws PlanUnfitError when the budget does not allow it */
  cover({ fromMs, toMs }: { fromMs: number; toMs: number }, signal?: AbortSignal): Promise<void> | null {
    const lastColdMs = this.#watched.allHotFromMs - 1;
    const neededToMs = Math.min(toMs, lastColdMs);
    if (fromMs > neededToMs) {
      if (toMs - this.#neededMs > UNUSED_MS) {
        this.#forget();
      }
      return null;
    }
    this.#neededMs = toMs;
    this.#reachMs = Math.max(this.#reachMs, toMs - fromMs + SLACK_MS);
    if (this.#lateWrites !== this.#deps.hot.lateWrites || fromMs < this.#fromMs || fromMs > this.#toMs) {
      this.#discard();
    } else if (neededToMs <= this.#toMs) {
      return null;
    }
    const readToMs = Math.min(neededToMs + AHEAD_MS, lastColdMs);
    const keepFromMs = toMs - this.#reachMs;
    return this.#read({ fromMs: Math.max(keepFromMs, this.#toMs + 1), toMs: readToMs }, keepFromMs, signal);
  }

  /** A row's copies with `fromMs < t <= toMs` before its samples in memory. Good until the next call. */
  before(row: number, hot: RowSamples, { fromMs, toMs }: { fromMs: number; toMs: number }): RowSamples {
    const copy = this.#copyOf(row);
    const from = copy === undefined ? 0 : firstAfter(copy, fromMs);
    const to = copy === undefined ? 0 : firstAfter(copy, toMs);
    if (copy === undefined || from >= to) {
      return hot;
    }
    const kept = to - from;
    const length = kept + hot.values.length;
    if (length > this.#scratch.values.length) {
      this.#scratch = { timestamps: new Float64Array(length * 2), values: new Float64Array(length * 2) };
    }
    const { timestamps, values } = this.#scratch;
    // Windows are short: a loop is quicker than making views to copy from.
    for (let i = 0; i < kept; i += 1) {
      timestamps[i] = copy.timestamps[from + i] ?? 0;
      values[i] = copy.values[from + i] ?? 0;
    }
    for (let i = kept; i < length; i += 1) {
      timestamps[i] = hot.timestamps[i - kept] ?? 0;
      values[i] = hot.values[i - kept] ?? 0;
    }
    return { timestamps: timestamps.subarray(0, length), values: values.subarray(0, length) };
  }

  #copyOf(row: number): Copy | undefined {
    if (this.#rowsEpoch !== this.#watched.epoch) {
      this.#rowsEpoch = this.#watched.epoch;
      this.#byRow.length = 0;
    }
    let copy = this.#byRow[row];
    if (copy === undefined) {
      copy = this.#copies.get(this.#watched.labels[row]?.key ?? '');
      this.#byRow[row] = copy;
    }
    return copy;
  }

  [Symbol.dispose](): void {
    this.#forget();
  }

  async #read(missing: { fromMs: number; toMs: number }, keepFromMs: number, signal?: AbortSignal): Promise<void> {
    const { lateWrites } = this.#deps.hot;
    const found = await this.#deps.reader.select({ matchers: this.#matchers, ...missing }, signal);
    // Two evaluations may have read at once, or samples may have come late meanwhile: then what is there is not what is missing.
    if (this.#toMs >= missing.fromMs) {
      return;
    }
    this.#byRow.length = 0;
    this.#reserve(found.reduce((sum, { values }) => sum + values.length, 0));
    for (const samples of found) {
      this.#append(samples, keepFromMs);
    }
    // What is older than that was let go.
    this.#fromMs = Math.max(Math.min(this.#fromMs, missing.fromMs), keepFromMs);
    this.#toMs = missing.toMs;
    this.#lateWrites = lateWrites;
  }

  #reserve(samples: number): void {
    const { budget } = this.#deps;
    if (budget.samples + samples > budget.maxSamples) {
      this.#forget();
      throw new PlanUnfitError(`windows outside memory need more than ${budget.maxSamples} samples`);
    }
    budget.samples += samples;
    this.#held += samples;
  }

  #append({ labels, timestamps, values }: SeriesSamples, keepFromMs: number): void {
    const copy = this.#copies.get(labels.key) ?? { timestamps: new Float64Array(0), values: new Float64Array(0), end: 0 };
    const from = firstAfter(copy, keepFromMs - 1);
    const kept = copy.end - from;
    this.#deps.budget.samples -= from;
    this.#held -= from;
    const length = kept + timestamps.length;
    const roomy = length > copy.timestamps.length;
    const into = roomy
      ? { timestamps: new Float64Array(Math.ceil(length * 1.25)), values: new Float64Array(Math.ceil(length * 1.25)), end: 0 }
      : copy;
    into.timestamps.set(copy.timestamps.subarray(from, copy.end));
    into.values.set(copy.values.subarray(from, copy.end));
    into.timestamps.set(timestamps, kept);
    into.values.set(values, kept);
    into.end = length;
    this.#copies.set(labels.key, into);
  }

  #forget(): void {
    this.#reachMs = 0;
    this.#discard();
  }

  #discard(): void {
    this.#deps.budget.samples -= this.#held;
    this.#held = 0;
    this.#copies.clear();
    this.#byRow.length = 0;
    this.#fromMs = Number.POSITIVE_INFINITY;
    this.#toMs = Number.NEGATIVE_INFINITY;
  }
}

function firstAfter({ timestamps, end }: Copy, timeMs: number): number {
  let low = 0;
  let high = end;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((timestamps[middle] ?? 0) <= timeMs) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}
