import { HOLE } from '../../model/sample.ts';
import type { SampleRows } from '../../model/series-store.ts';
import type { Column } from './column.ts';
import type { HeadRows } from './hot-writer.ts';
import type { MemorySeries } from './memory-series.ts';

/** Rows that room is kept for. */
const MOST_ROOM = 8_192;

/** Rows that were accepted and wait for their commit, as columns. Each moves its series' newest time; `undo` moves it back. */
export class StagedRows implements HeadRows {
  readonly series: MemorySeries[] = [];
  /** For each request, the number of rows up to its end. */
  readonly requestEnds: number[] = [];
  #timestamps: Float64Array;
  #values: Float64Array;
  /** The newest time of the row's series before the row. */
  #newestBefore: Float64Array;
  /** Made on the first look-up: only rows that are not newer than their series' newest need it. */
  #byTime: Map<MemorySeries, Map<number, number>> | undefined;

  /** @param expected how many rows there will be, about */
  constructor(expected = 1024) {
    this.#timestamps = new Float64Array(expected);
    this.#values = new Float64Array(expected);
    this.#newestBefore = new Float64Array(expected);
  }

  get length(): number {
    return this.series.length;
  }

  get timestamps(): Float64Array {
    return this.#timestamps.subarray(0, this.length);
  }

  get values(): Float64Array {
    return this.#values.subarray(0, this.length);
  }

  refs(): Uint32Array {
    const refs = new Uint32Array(this.length);
    let row = 0;
    for (const { ref } of this.series) {
      refs[row] = ref;
      row += 1;
    }
    return refs;
  }

  /** The newest time of any row. */
  get newestMs(): number {
    let newestMs = Number.NEGATIVE_INFINITY;
    for (const timestampMs of this.timestamps) {
      newestMs = Math.max(newestMs, timestampMs);
    }
    return newestMs;
  }

  add(series: MemorySeries, timestampMs: number, value: number): void {
    const at = this.series.push(series) - 1;
    this.#makeRoom(at + 1);
    this.#timestamps[at] = timestampMs;
    this.#values[at] = value;
    this.#newestBefore[at] = series.newestMs;
    if (timestampMs > series.newestMs) {
      series.newestMs = timestampMs;
    }
    if (this.#byTime !== undefined) {
      remember(this.#byTime, at, this);
    }
  }

  /** Adds rows from `from` on for as long as each is newer than its series' newest. Returns the first that is not. */
  addNewer(series: readonly MemorySeries[], rows: Pick<SampleRows, 'timestamps' | 'values'>, from: number): number {
    const { timestamps, values } = rows;
    const offset = this.length - from;
    this.#makeRoom(series.length + offset);
    let row = from;
    for (; row < series.length; row += 1) {
      // Below its length.
      const each = series[row] as MemorySeries;
      const timestampMs = timestamps[row] ?? Number.NaN;
      if (!(timestampMs > each.newestMs)) {
        break;
      }
      const value = values[row] ?? Number.NaN;
      const at = row + offset;
      this.series.push(each);
      this.#timestamps[at] = timestampMs;
      this.#values[at] = value === HOLE ? 0 : value;
      this.#newestBefore[at] = each.newestMs;
      each.newestMs = timestampMs;
    }
    if (this.#byTime !== undefined) {
      for (let at = from + offset; at < this.length; at += 1) {
        remember(this.#byTime, at, this);
      }
    }
    return row;
  }

  #makeRoom(rows: number): void {
    while (this.#timestamps.length < rows) {
      this.#timestamps = doubled(this.#timestamps);
      this.#values = doubled(this.#values);
      this.#newestBefore = doubled(this.#newestBefore);
    }
  }

  endRequest(): void {
    this.requestEnds.push(this.length);
  }

  seriesAt(row: number): MemorySeries {
    // Callers count up to `length`.
    return this.series[row] as MemorySeries;
  }

  timestampAt(row: number): number {
    return this.#timestamps[row] ?? 0;
  }

  valueAt(row: number): number {
    return this.#values[row] ?? 0;
  }

  columnOf(rows: readonly number[]): Column {
    return {
      timestamps: Float64Array.from(rows, (row) => this.timestampAt(row)),
      values: Float64Array.from(rows, (row) => this.valueAt(row)),
    };
  }

  /** The staged value of a series at exactly this time. */
  find(series: MemorySeries, timestampMs: number): number | undefined {
    if (this.#byTime === undefined) {
      this.#byTime = new Map();
      for (let i = 0; i < this.length; i += 1) {
        remember(this.#byTime, i, this);
      }
    }
    return this.#byTime.get(series)?.get(timestampMs);
  }

  /** Forgets all rows and keeps their room for the next ones. */
  clear(): void {
    this.series.length = 0;
    this.requestEnds.length = 0;
    this.#byTime = undefined;
    if (this.#timestamps.length > MOST_ROOM) {
      this.#timestamps = new Float64Array(MOST_ROOM);
      this.#values = new Float64Array(MOST_ROOM);
      this.#newestBefore = new Float64Array(MOST_ROOM);
    }
  }

  /** The rows will not be stored after all. */
  undo(): void {
    for (let row = this.length - 1; row >= 0; row -= 1) {
      this.seriesAt(row).newestMs = this.#newestBefore[row] ?? -Infinity;
    }
  }
}

function remember(byTime: Map<MemorySeries, Map<number, number>>, row: number, rows: StagedRows): void {
  const series = rows.seriesAt(row);
  const times = byTime.get(series) ?? new Map<number, number>();
  times.set(rows.timestampAt(row), rows.valueAt(row));
  byTime.set(series, times);
}

function doubled(column: Float64Array): Float64Array<ArrayBuffer> {
  const larger = new Float64Array(column.length * 2 + 16);
  larger.set(column);
  return larger;
}
