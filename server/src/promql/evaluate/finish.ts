import { compareLabels, Labels } from '../../model/labels.ts';
import type { MatrixSeries, ResultSeries } from '../engine.ts';
import { mergeRows } from '../functions/label.ts';
import { labelsAt, withoutEmptyRows, withoutMetadata } from './rows.ts';
import { withoutStale } from './selector.ts';
import type { Grid, RangeValue, VectorValue } from './values.ts';
import { firstAfter } from './window-cursor.ts';

/** The answer of a query: names that are due dropped, equal series joined, ranges sorted by labels. */
export function finishVector(value: VectorValue, grid: Grid): ResultSeries[] {
  const present = withoutEmptyRows(value, grid);
  const labels = present.labels.map((series, row) => shown(series, present.dropName[row]));
  const shownRows = { ...present, labels };
  const named = staysDistinct(present) ? shownRows : mergeRows(shownRows, grid.steps);
  const order = grid.steps > 1 ? sortedRows(named.labels) : [...named.labels.keys()];
  return order.map((row) => ({
    labels: labelsAt(named, row),
    values: named.data.subarray(row * grid.steps, (row + 1) * grid.steps),
  }));
}

/**
 * Whether no two rows can become the same series once names are dropped. Rows of a vector differ in their labels, so they
 * still do when all of them lose the same name and nothing else.
 */
function staysDistinct({ labels, dropName }: VectorValue): boolean {
  if (!dropName.includes(true)) {
    return true;
  }
  const name = labels[0]?.metricName;
  return !dropName.includes(false) && labels.every((series) => series.metricName === name && isPlain(series));
}

function isPlain(labels: Labels): boolean {
  return !labels.has('__type__') && !labels.has('__unit__');
}

/** The samples inside the window of an instant query's only step, sorted by labels. */
export function finishMatrix(value: RangeValue, grid: Grid): MatrixSeries[] {
  const endMs = (value.atMs ?? grid.startMs) - value.offsetMs;
  const labels = value.series.map((series, row) => shown(series.labels, value.dropName[row]));
  return sortedRows(labels).flatMap((row) => {
    const series = value.series[row];
    const name = labels[row];
    if (series === undefined || name === undefined) {
      return [];
    }
    const { timestamps, values } = withoutStale(series);
    const from = firstAfter(timestamps, endMs - value.rangeMs);
    const to = firstAfter(timestamps, endMs);
    return from === to ? [] : [{ labels: name, timestamps: timestamps.subarray(from, to), values: values.subarray(from, to) }];
  });
}

function shown(labels: Labels, dropName: boolean | undefined): Labels {
  return dropName === true ? withoutMetadata(labels) : labels;
}

/** Row numbers in the order Prometheus sorts label sets: name by name, value by value, shorter first. */
function sortedRows(labels: readonly Labels[]): number[] {
  return [...labels.keys()].sort((a, b) => compareLabels(labels[a] ?? Labels.EMPTY, labels[b] ?? Labels.EMPTY));
}
