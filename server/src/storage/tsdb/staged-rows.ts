import type { MemorySeries } from './memory-series.ts';

/** Rows that were accepted and wait for their commit, as columns. */
export class StagedRows {
  readonly series: MemorySeries[] = [];
  #timestamps = new Float64Array(1024);
  #values = new Float64Array(1024);
  /** Made on the first look-up: only rows that are not newer than their series' newest need it. */
  #byTime: Map<MemorySeries, Map<number, number>> | undefined;

  get length(): number {
    return this.series.length;
  }

  get timestamps(): Float64Array {
    return this.#timestamps.subarray(0, this.length);
  }

  get values(): Float64Array {
    return this.#values.subarray(0, this.length);
  }

  add(series: MemorySeries, timestampMs: number, value: number): void {
    const at = this.series.push(series) - 1;
    if (at === this.#timestamps.length) {
      this.#timestamps = doubled(this.#timestamps);
      this.#values = doubled(this.#values);
    }
    this.#timestamps[at] = timestampMs;
    this.#values[at] = value;
    if (this.#byTime !== undefined) {
      remember(this.#byTime, at, this);
    }
  }

  /** The staged value of a series at exactly this time. */
  valueAt(series: MemorySeries, timestampMs: number): number | undefined {
    if (this.#byTime === undefined) {
      this.#byTime = new Map();
      for (let i = 0; i < this.length; i += 1) {
        remember(this.#byTime, i, this);
      }
    }
    return this.#byTime.get(series)?.get(timestampMs);
  }

  /** Makes the rows part of their series' heads. Rows out of order are merged once per series. */
  apply(): void {
    const late = new Map<MemorySeries, number[]>();
    for (let i = 0; i < this.length; i += 1) {
      const series = this.series[i];
      const timestampMs = this.#timestamps[i] ?? 0;
      if (series !== undefined && timestampMs > series.newestHeadMs) {
        series.push(timestampMs, this.#values[i] ?? 0);
      } else if (series !== undefined) {
        appendTo(late, series, i);
      }
    }
    for (const [series, rows] of late) {
      series.merge({
        timestamps: Float64Array.from(rows, (row) => this.#timestamps[row] ?? 0),
        values: Float64Array.from(rows, (row) => this.#values[row] ?? 0),
      });
    }
  }
}

function remember(byTime: Map<MemorySeries, Map<number, number>>, row: number, rows: StagedRows): void {
  const series = rows.series[row];
  if (series !== undefined) {
    const times = byTime.get(series) ?? new Map<number, number>();
    times.set(rows.timestamps[row] ?? 0, rows.values[row] ?? 0);
    byTime.set(series, times);
  }
}

function appendTo(late: Map<MemorySeries, number[]>, series: MemorySeries, row: number): void {
  const rows = late.get(series);
  if (rows === undefined) {
    late.set(series, [row]);
  } else {
    rows.push(row);
  }
}

function doubled(column: Float64Array): Float64Array<ArrayBuffer> {
  const larger = new Float64Array(column.length * 2);
  larger.set(column);
  return larger;
}
