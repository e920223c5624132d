import { ABSENT, STALE } from '../../model/sample.ts';
import type { SeriesSamples } from '../../model/series-store.ts';
import type { RowSource } from './row-source.ts';
import { NewestCursor, type WindowGrid } from './window-cursor.ts';

/**
 * The rows of an instant selector: at each step the newest sample of the window (t - lookback, t], nothing when it is a
 * staleness marker. `take` says whether a point is the sample's value or its timestamp in seconds. `grid.rangeMs` is the lookback.
 */
export function instantRows(all: readonly SeriesSamples[], grid: WindowGrid, take: 'value' | 'time'): RowSource {
  const cursor = new NewestCursor(grid);
  const { newest } = cursor;
  const { steps } = grid;
  const seriesAt = (row: number): SeriesSamples => {
    const series = all[row];
    if (series === undefined) {
      throw new RangeError(`no row ${row}`);
    }
    return series;
  };
  const fillValues: RowSource['fill'] = (row, out, at) => {
    const { timestamps, values } = seriesAt(row);
    cursor.moveTo(timestamps);
    for (let step = 0; step < steps; step += 1) {
      const index = newest[step] ?? -1;
      // A staleness marker is ABSENT itself.
      out[at + step] = index < 0 ? ABSENT : (values[index] ?? ABSENT);
    }
  };
  const fillTimes: RowSource['fill'] = (row, out, at) => {
    const { timestamps, values } = seriesAt(row);
    cursor.moveTo(timestamps);
    for (let step = 0; step < steps; step += 1) {
      const index = newest[step] ?? -1;
      const isThere = index >= 0 && values[index] !== STALE;
      out[at + step] = isThere ? (timestamps[index] ?? 0) / 1000 : ABSENT;
    }
  };
  return {
    size: all.length,
    labelsAt: (row) => seriesAt(row).labels,
    dropsNameAt: () => false,
    fill: take === 'value' ? fillValues : fillTimes,
  };
}

/** The samples without staleness markers; the same arrays when there are none. */
export function withoutStale(series: SeriesSamples): SeriesSamples {
  const { labels, values } = series;
  const stale = countStale(values);
  if (stale === 0) {
    return series;
  }
  const live = values.length - stale;
  const column: SeriesSamples = {
    labels,
    timestamps: new Float64Array(live),
    values: new Float64Array(live),
    ...(series.weights !== undefined && { weights: series.weights.filter((_, i) => values[i] !== STALE) }),
  };
  let to = 0;
  for (let from = 0; from < values.length; from += 1) {
    const value = values[from] ?? STALE;
    if (value !== STALE) {
      column.timestamps[to] = series.timestamps[from] ?? 0;
      column.values[to] = value;
      to += 1;
    }
  }
  return column;
}

function countStale(values: Float64Array): number {
  let stale = 0;
  for (let i = 0; i < values.length; i += 1) {
    if (values[i] === STALE) {
      stale += 1;
    }
  }
  return stale;
}
