import { ABSENT, STALE } from '../../model/sample.ts';
import type { SeriesSamples } from '../../model/series-store.ts';
import { ValuesView } from '../../model/values-view.ts';
import type { RowSource, RowTarget } from './row-source.ts';
import { NewestCursor, type WindowGrid } from './window-cursor.ts';

/**
 * The rows of an instant selector: at each step the newest sample of the window (t - lookback, t], nothing when it is a
 * staleness marker. `take` says whether a point is the sample's value or its timestamp in seconds. `grid.rangeMs` is the lookback.
 */
export function instantRows(all: readonly SeriesSamples[], grid: WindowGrid, take: 'value' | 'time'): RowSource {
  const cursor = new NewestCursor(grid);
  const { newest } = cursor;
  const seriesAt = (row: number): SeriesSamples => {
    const series = all[row];
    if (series === undefined) {
      throw new RangeError(`no row ${row}`);
    }
    return series;
  };
  const view = new ValuesView();
  const turnTo = (row: number, target: RowTarget): Float64Array => {
    const series = seriesAt(row);
    cursor.moveTo(series.timestamps);
    locate(series, view);
    target.firstStep = cursor.firstStep;
    target.endStep = cursor.endStep;
    return series.timestamps;
  };
  const fillValues: RowSource['fill'] = (row, target) => {
    turnTo(row, target);
    const { out, at, firstStep, endStep } = target;
    const { values, at: start } = view;
    for (let step = firstStep; step < endStep; step += 1) {
      const index = newest[step] ?? -1;
      // A staleness marker is ABSENT itself.
      out[at + step] = index < 0 ? ABSENT : (values[start + index] ?? ABSENT);
    }
  };
  const fillTimes: RowSource['fill'] = (row, target) => {
    const timestamps = turnTo(row, target);
    const { out, at, firstStep, endStep } = target;
    const { values, at: start } = view;
    for (let step = firstStep; step < endStep; step += 1) {
      const index = newest[step] ?? -1;
      const isThere = index >= 0 && values[start + index] !== STALE;
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

/** Points a view at the values of a series. */
export function locate(series: SeriesSamples, view: ValuesView): void {
  if (series.locate === undefined) {
    view.values = series.values;
    view.at = 0;
  } else {
    series.locate(view);
  }
}

/** The samples without staleness markers; the same arrays when there are none. */
export function withoutStale(series: SeriesSamples): SeriesSamples {
  const { labels, timestamps, values, weights } = series;
  const column = { timestamps, values, at: 0, ...(weights !== undefined && { weights }) };
  return { labels, ...liveSamples(column) };
}

/** Samples whose values begin at `values[at]`. */
interface Column {
  readonly timestamps: Float64Array;
  readonly values: Float64Array;
  readonly at: number;
  readonly weights?: Float64Array;
}

/** Whether any of `count` values from `at` on is a staleness marker. */
export function hasStale(values: Float64Array, at: number, count: number): boolean {
  for (let i = at; i < at + count; i += 1) {
    if (values[i] === STALE) {
      return true;
    }
  }
  return false;
}

/** The samples that are no staleness markers, in arrays of their own if there are any. */
export function liveSamples(column: Column): Omit<SeriesSamples, 'labels'> {
  const { timestamps, at, weights } = column;
  const values =
    at === 0 && column.values.length === timestamps.length ? column.values : column.values.subarray(at, at + timestamps.length);
  if (!hasStale(values, 0, values.length)) {
    return { timestamps, values, ...(weights !== undefined && { weights }) };
  }
  const isLive = (_: number, i: number): boolean => values[i] !== STALE;
  return {
    timestamps: timestamps.filter(isLive),
    values: values.filter(isLive),
    ...(weights !== undefined && { weights: weights.filter(isLive) }),
  };
}
