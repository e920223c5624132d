import { type Column, EMPTY_COLUMN } from './column.ts';
import type { MemorySeries } from './memory-series.ts';
import type { SeriesGroup } from './series-group.ts';
import type { SharedGroup, SharedRequest, SharedSelection } from './shared-selection.ts';
import type { TimeSlice } from './time-slice.ts';

const COLUMNS_PER_CHECK = 64;

interface Place {
  readonly number: number;
  readonly generation: number;
}

const NO_PLACE: Place = { number: -1, generation: -1 };

/** Collects series; what is added is taken as it is at that moment. */
export class SharedSelectionBuilder {
  readonly #window: Pick<SharedRequest, 'fromMs' | 'toMs'>;
  readonly #refs: Uint32Array;
  readonly #group: Int32Array;
  readonly #column: Uint16Array;
  readonly #groupedFromMs: Float64Array;
  readonly #isCold: Uint8Array;
  readonly #groups: SharedGroup[] = [];
  readonly #places = new Map<SeriesGroup, Place>();
  /** Of the series that have any. */
  readonly #own: { readonly at: number; readonly rows: Column }[] = [];
  #lastGroup: SeriesGroup | null = null;
  #lastPlace: Place = NO_PLACE;
  #ownRows = 0;
  #length = 0;

  /** @param capacity the most series that will be added */
  constructor(window: Pick<SharedRequest, 'fromMs' | 'toMs'>, capacity: number) {
    this.#window = window;
    this.#refs = new Uint32Array(capacity);
    this.#group = new Int32Array(capacity).fill(-1);
    this.#column = new Uint16Array(capacity);
    this.#groupedFromMs = new Float64Array(capacity);
    this.#isCold = new Uint8Array(capacity);
  }

  /** Adds a series unless it has nothing in the window. */
  add(series: MemorySeries): void {
    const { fromMs, toMs } = this.#window;
    const isCold = series.cut.newestMs >= fromMs;
    const own = series.own?.window(fromMs, toMs) ?? EMPTY_COLUMN;
    const group = this.#placeOf(series.group);
    if (!isCold && group === -1 && own.timestamps.length === 0) {
      return;
    }
    const at = this.#length;
    this.#length += 1;
    this.#refs[at] = series.ref;
    this.#group[at] = group;
    this.#column[at] = series.column;
    this.#groupedFromMs[at] = series.groupedFromMs;
    this.#isCold[at] = Number(isCold);
    if (own.timestamps.length > 0) {
      this.#own.push({ at, rows: own });
      this.#ownRows += own.timestamps.length;
    }
  }

  /** The group's number in the answer, -1 when it has no slot in the window. One that has moved its arrays since counts as another. */
  #placeOf(group: SeriesGroup | null): number {
    if (group === null) {
      return -1;
    }
    // Series come in the order they were made, and so do those of a group.
    const known = group === this.#lastGroup ? this.#lastPlace : this.#places.get(group);
    if (known?.generation === group.generation) {
      this.#lastGroup = group;
      this.#lastPlace = known;
      return known.number;
    }
    const { timestamps, values, stride, start, end, generation } = group;
    const { fromMs, toMs } = this.#window;
    const isInside = end > start && (timestamps[end - 1] ?? 0) >= fromMs && (timestamps[start] ?? 0) <= toMs;
    const number = isInside ? this.#groups.push({ timestamps, values, stride, start, end }) - 1 : -1;
    this.#places.set(group, { number, generation });
    return number;
  }

  /** Copies the rows of its own that each series has, in slices. */
  async build(slice: TimeSlice): Promise<SharedSelection> {
    const length = this.#length;
    const ownEnds = new Uint32Array(length);
    const ownTimestamps = new Float64Array(this.#ownRows);
    const ownValues = new Float64Array(this.#ownRows);
    let end = 0;
    let filled = 0;
    for (const [i, { at, rows }] of this.#own.entries()) {
      ownEnds.fill(end, filled, at);
      ownTimestamps.set(rows.timestamps, end);
      ownValues.set(rows.values, end);
      end += rows.timestamps.length;
      filled = at;
      if (i % COLUMNS_PER_CHECK === COLUMNS_PER_CHECK - 1) {
        await slice.pause();
      }
    }
    ownEnds.fill(end, filled, length);
    return {
      refs: this.#refs.subarray(0, length),
      group: this.#group.subarray(0, length),
      column: this.#column.subarray(0, length),
      groupedFromMs: this.#groupedFromMs.subarray(0, length),
      isCold: this.#isCold.subarray(0, length),
      groups: this.#groups,
      ownEnds,
      ownTimestamps,
      ownValues,
    };
  }
}
