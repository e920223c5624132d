import type { Column } from './column.ts';
import type { HeadRows } from './hot-writer.ts';
import type { MemorySeries } from './memory-series.ts';

/** Rows of one commit of the last process that belong into the head again. They leave it to the caller to find the newest times. */
export class ReplayedRows implements HeadRows {
  readonly #series: readonly MemorySeries[];
  readonly #timestamps: Float64Array;
  readonly #values: Float64Array;

  constructor(series: readonly MemorySeries[], rows: Column) {
    this.#series = series;
    this.#timestamps = rows.timestamps;
    this.#values = rows.values;
  }

  get length(): number {
    return this.#series.length;
  }

  get requestEnds(): readonly number[] {
    return [this.length];
  }

  seriesAt(row: number): MemorySeries {
    // Callers count up to `length`.
    return this.#series[row] as MemorySeries;
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
}
