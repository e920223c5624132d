import { type Column, EMPTY_COLUMN } from './column.ts';
import type { MemorySeries } from './memory-series.ts';
import type { SeriesGroup } from './series-group.ts';
import type { SharedGroup, SharedRequest, SharedSelection } from './shared-selection.ts';
import type { TimeSlice } from './time-slice.ts';

const COLUMNS_PER_CHECK = 64;
/** A larger share of series with nothing in the window is left out; fewer are not worth copies of the columns. */
const TOLERATED_SHARE = 1 / 8;

type Window = Pick<SharedRequest, 'fromMs' | 'toMs'>;

interface Place {
  readonly number: number;
  readonly generation: number;
}

interface OwnRowsAt {
  readonly at: number;
  readonly rows: Column;
}

const NO_PLACE: Place = { number: -1, generation: -1 };

/**
 * Collects series; what is added is taken as it is at that moment. For as long as no series comes, goes or changes its place, `again`
 * makes it good for another answer, which shares the columns that are the same for every window.
 */
export class SharedSelectionBuilder {
  readonly #refs: Uint32Array;
  readonly #group: Int32Array;
  readonly #column: Uint16Array;
  readonly #groupedFromMs: Float64Array;
  /** The newest row in any block. */
  readonly #coldToMs: Float64Array;
  readonly #places = new Map<SeriesGroup, Place>();
  /** What `#groups` were made of. */
  readonly #sources: SeriesGroup[] = [];
  /** The series that may have rows of their own, with their places. */
  readonly #loners: { readonly at: number; readonly series: MemorySeries }[] = [];
  #groups: SharedGroup[] = [];
  #own: OwnRowsAt[] = [];
  #lastGroup: SeriesGroup | null = null;
  #lastPlace: Place = NO_PLACE;
  #latestColdMs = Number.NEGATIVE_INFINITY;
  #length = 0;

  /** @param capacity the most series that will be added */
  constructor(capacity: number) {
    this.#refs = new Uint32Array(new SharedArrayBuffer(capacity * Uint32Array.BYTES_PER_ELEMENT));
    this.#group = new Int32Array(new SharedArrayBuffer(capacity * Int32Array.BYTES_PER_ELEMENT));
    this.#column = new Uint16Array(new SharedArrayBuffer(capacity * Uint16Array.BYTES_PER_ELEMENT));
    this.#groupedFromMs = new Float64Array(new SharedArrayBuffer(capacity * Float64Array.BYTES_PER_ELEMENT));
    this.#coldToMs = new Float64Array(capacity);
  }

  /** Series added. */
  get length(): number {
    return this.#length;
  }

  add(series: MemorySeries, window: Window): void {
    const at = this.#length;
    this.#length += 1;
    this.#refs[at] = series.ref;
    this.#group[at] = this.#placeOf(series.group);
    this.#column[at] = series.column;
    this.#groupedFromMs[at] = series.groupedFromMs;
    this.#coldToMs[at] = series.cut.newestMs;
    this.#latestColdMs = Math.max(this.#latestColdMs, series.cut.newestMs);
    if (series.group === null || series.own !== null) {
      this.#loners.push({ at, series });
      this.#takeOwn(at, series, window);
    }
  }

  /** To be called before each answer but the first: takes what commits have changed since the last. */
  again(window: Window): void {
    this.#groups = this.#sources.map(arraysOf);
    this.#own = [];
    for (const { at, series } of this.#loners) {
      this.#takeOwn(at, series, window);
    }
  }

  /** In slices. */
  async build(window: Window, slice: TimeSlice): Promise<SharedSelection> {
    // Another answer may be begun while this one waits; and a builder that is kept must not keep arrays which groups have left.
    const [groups, own] = [this.#groups, this.#own];
    this.#groups = [];
    this.#own = [];
    const isCold = this.#coldSince(window.fromMs);
    await slice.pause();
    const kept = this.#kept(window, { groups, own, isCold });
    const rows = await ownColumns(kept?.own ?? own, kept?.places.length ?? this.#length, slice);
    return { ...this.#columns(kept?.places, isCold), ...rows, groups };
  }

  #coldSince(fromMs: number): Uint8Array {
    const isCold = new Uint8Array(this.#length);
    for (let at = 0; at < isCold.length && this.#latestColdMs >= fromMs; at += 1) {
      isCold[at] = (this.#coldToMs[at] ?? -Infinity) >= fromMs ? 1 : 0;
    }
    return isCold;
  }

  #takeOwn(at: number, { own }: MemorySeries, { fromMs, toMs }: Window): void {
    const rows = own?.window(fromMs, toMs) ?? EMPTY_COLUMN;
    if (rows.timestamps.length > 0) {
      this.#own.push({ at, rows });
    }
  }

  /** The group's number in the answer. One that has moved its arrays since counts as another. */
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
    const number = this.#groups.push(arraysOf(group)) - 1;
    this.#sources.push(group);
    this.#places.set(group, { number, generation: group.generation });
    return number;
  }

  /** The places with something in the window, unless that is nearly all of them. */
  #kept(
    window: Window,
    { groups, own, isCold }: { groups: readonly SharedGroup[]; own: readonly OwnRowsAt[]; isCold: Uint8Array },
  ): { readonly places: Uint32Array; readonly own: readonly OwnRowsAt[] } | undefined {
    const isInside = groups.map((group) => isGroupInside(group, window));
    if (this.#loners.length === 0 && isInside.every((each) => each)) {
      return undefined;
    }
    const places = new Uint32Array(this.#length);
    const keptOwn: OwnRowsAt[] = [];
    let kept = 0;
    let nextOwn = 0;
    for (let at = 0; at < this.#length; at += 1) {
      const ownRows = own[nextOwn]?.at === at ? own[nextOwn] : undefined;
      nextOwn += ownRows === undefined ? 0 : 1;
      if (ownRows !== undefined || isCold[at] === 1 || isInside[this.#group[at] ?? -1] === true) {
        places[kept] = at;
        kept += 1;
      }
      if (ownRows !== undefined) {
        keptOwn.push({ at: kept - 1, rows: ownRows.rows });
      }
    }
    return kept >= this.#length * (1 - TOLERATED_SHARE) ? undefined : { places: places.subarray(0, kept), own: keptOwn };
  }

  #columns(places: Uint32Array | undefined, isCold: Uint8Array): Omit<SharedSelection, 'groups' | keyof OwnColumns> {
    const length = this.#length;
    if (places === undefined) {
      return {
        refs: this.#refs.subarray(0, length),
        group: this.#group.subarray(0, length),
        column: this.#column.subarray(0, length),
        groupedFromMs: this.#groupedFromMs.subarray(0, length),
        isCold,
      };
    }
    const count = places.length;
    const kept = {
      refs: new Uint32Array(count),
      group: new Int32Array(count),
      column: new Uint16Array(count),
      groupedFromMs: new Float64Array(count),
      isCold: new Uint8Array(count),
    };
    for (let i = 0; i < count; i += 1) {
      const at = places[i] ?? 0;
      kept.refs[i] = this.#refs[at] ?? 0;
      kept.group[i] = this.#group[at] ?? -1;
      kept.column[i] = this.#column[at] ?? 0;
      kept.groupedFromMs[i] = this.#groupedFromMs[at] ?? 0;
      kept.isCold[i] = isCold[at] ?? 0;
    }
    return kept;
  }
}

type OwnColumns = Pick<SharedSelection, 'ownEnds' | 'ownTimestamps' | 'ownValues'>;

/** Copies the rows of its own that each series has, in slices. */
async function ownColumns(own: readonly OwnRowsAt[], length: number, slice: TimeSlice): Promise<OwnColumns> {
  const rowCount = own.reduce((sum, { rows }) => sum + rows.timestamps.length, 0);
  const ownEnds = new Uint32Array(length);
  const ownTimestamps = new Float64Array(rowCount);
  const ownValues = new Float64Array(rowCount);
  let end = 0;
  let filled = 0;
  for (const [i, { at, rows }] of own.entries()) {
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
  return { ownEnds, ownTimestamps, ownValues };
}

function arraysOf({ timestamps, values, stride, start, end }: SeriesGroup): SharedGroup {
  return { timestamps, values, stride, start, end };
}

function isGroupInside({ timestamps, start, end }: SharedGroup, { fromMs, toMs }: Window): boolean {
  return end > start && (timestamps[end - 1] ?? 0) >= fromMs && (timestamps[start] ?? 0) <= toMs;
}
