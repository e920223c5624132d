import { HOLE } from '../../model/sample.ts';
import type { Column } from './column.ts';
import type { HeadChanges } from './head-changes.ts';
import type { MemorySeries } from './memory-series.ts';
import { byTime } from './row-order.ts';
import type { SeriesGroup } from './series-group.ts';
import type { SeriesGroups } from './series-groups.ts';

/** Rows of one commit, request after request. */
export interface HeadRows {
  readonly length: number;
  /** For each request, the number of rows up to its end. */
  readonly requestEnds: readonly number[];
  seriesAt(row: number): MemorySeries;
  timestampAt(row: number): number;
  valueAt(row: number): number;
  columnOf(rows: readonly number[]): Column;
}

/** The rows of one request. */
interface OrderedRows {
  readonly rows: HeadRows;
  readonly from: number;
  /** Not included. */
  readonly to: number;
  /** Which row comes when; undefined where they lie in order. */
  readonly order: Uint32Array | undefined;
}

/** So many series without a group that are written together become one. */
const SMALLEST_GROUP = 8;

/**
 * Makes committed rows part of the head. A row of a grouped series goes to its column; series that are written in one request
 * with one time and have no group yet become groups; everything else goes to the series' own rows. Whether a sender gives rows
 * time by time or series by series makes no difference.
 */
export class HotWriter {
  readonly #groups: SeriesGroups;
  readonly #changes: HeadChanges;
  readonly #homeless = new Homeless();
  readonly #late = new Map<MemorySeries, number[]>();

  constructor({ groups, changes }: { readonly groups: SeriesGroups; readonly changes: HeadChanges }) {
    this.#groups = groups;
    this.#changes = changes;
  }

  apply(rows: HeadRows): void {
    let from = 0;
    for (const to of rows.requestEnds) {
      this.#placeRequest(rows, from, to);
      from = to;
    }
    for (const [series, late] of this.#late) {
      this.#mergeLate(series, rows.columnOf(late));
    }
    this.#late.clear();
    this.#changes.revision += rows.length > 0 ? 1 : 0;
  }

  /** In the order of time, so that all series of a group have a time before any has the next. */
  #placeRequest(rows: HeadRows, from: number, to: number): void {
    const request = { rows, from, to, order: byTime(rows, from, to) };
    for (let at = from; at < to; at += 1) {
      at = this.#placeNewest(request, at);
      if (at < to) {
        this.#place(rows, rowAt(request, at));
      }
    }
    this.#settle(rows);
  }

  /** Rows that go to the newest slot of their groups, as nearly all do, until one does not. Returns which one that is. */
  #placeNewest(request: OrderedRows, from: number): number {
    const { coldBeforeMs } = this.#groups;
    const { rows, to } = request;
    for (let at = from; at < to; at += 1) {
      const row = rowAt(request, at);
      const { group, column } = rows.seriesAt(row);
      const timestampMs = rows.timestampAt(row);
      const isPlain = group !== null && timestampMs === group.newestMs && timestampMs >= coldBeforeMs;
      if (!isPlain || group.valueAt(column, group.end - 1) !== HOLE) {
        return at;
      }
      group.put(column, group.end - 1, rows.valueAt(row));
    }
    return to;
  }

  #place(rows: HeadRows, row: number): void {
    const series = rows.seriesAt(row);
    const timestampMs = rows.timestampAt(row);
    const { group } = series;
    this.#changes.lateWrites += timestampMs < this.#groups.coldBeforeMs ? 1 : 0;
    if (group !== null && timestampMs > group.newestMs && !group.mayOpen) {
      this.#groups.leave(series);
    } else if (group !== null) {
      if (!this.#putInGroup(group, series, { timestampMs, value: rows.valueAt(row) })) {
        appendTo(this.#late, series, row);
      }
      return;
    }
    if (this.#homeless.has(series)) {
      this.#settle(rows);
      this.#place(rows, row);
    } else if (timestampMs <= (series.own?.newestMs ?? -Infinity)) {
      appendTo(this.#late, series, row);
    } else if (timestampMs < this.#groups.floorMs) {
      this.#noteWaking(series);
      series.push(timestampMs, rows.valueAt(row));
    } else {
      this.#homeless.add(series, timestampMs, row);
    }
  }

  #putInGroup(
    group: SeriesGroup,
    series: MemorySeries,
    { timestampMs, value }: { readonly timestampMs: number; readonly value: number },
  ): boolean {
    const { newestMs } = group;
    if (timestampMs < this.#groups.floorMs) {
      return false;
    }
    if (timestampMs > newestMs) {
      group.open(timestampMs);
    }
    const slot = group.slotOf(timestampMs);
    if (slot < 0 || group.valueAt(series.column, slot) !== HOLE) {
      return false;
    }
    group.put(series.column, slot, value);
    return true;
  }

  #mergeLate(series: MemorySeries, late: Column): void {
    const { groupedAfterMs } = series;
    series.merge(late);
    if (series.groupedAfterMs !== groupedAfterMs) {
      this.#changes.move();
    }
  }

  #noteWaking(series: MemorySeries): void {
    if (series.group === null && series.own === null && series.cut.newestMs > -Infinity) {
      this.#changes.wake(series);
    }
  }

  /** Finds places for the rows that wait for one. */
  #settle(rows: HeadRows): void {
    if (this.#homeless.size === 0) {
      return;
    }
    for (const [timestampMs, waiting] of this.#homeless.take()) {
      for (const row of waiting) {
        this.#noteWaking(rows.seriesAt(row));
      }
      if (waiting.length >= SMALLEST_GROUP) {
        this.#groups.form(
          waiting.map((row) => rows.seriesAt(row)),
          timestampMs,
        );
      }
      for (const row of waiting) {
        const { group, column } = rows.seriesAt(row);
        if (group === null) {
          rows.seriesAt(row).push(timestampMs, rows.valueAt(row));
        } else {
          group.put(column, group.end - 1, rows.valueAt(row));
        }
      }
    }
  }
}

function rowAt({ order, from }: OrderedRows, at: number): number {
  return order === undefined ? at : (order[at - from] ?? at);
}

/** Rows of series without a group, by time, each series at most once. */
class Homeless {
  #series = new Set<MemorySeries>();
  #byTime = new Map<number, number[]>();

  get size(): number {
    return this.#series.size;
  }

  has(series: MemorySeries): boolean {
    return this.size > 0 && this.#series.has(series);
  }

  add(series: MemorySeries, timestampMs: number, row: number): void {
    this.#series.add(series);
    appendTo(this.#byTime, timestampMs, row);
  }

  take(): ReadonlyMap<number, readonly number[]> {
    const taken = this.#byTime;
    this.#series = new Set();
    this.#byTime = new Map();
    return taken;
  }
}

function appendTo<Key>(rows: Map<Key, number[]>, key: Key, row: number): void {
  const known = rows.get(key);
  if (known === undefined) {
    rows.set(key, [row]);
  } else {
    known.push(row);
  }
}
