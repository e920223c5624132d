import type { Labels } from '../../model/labels.ts';
import type { MatrixSeries, ResultSeries } from '../engine.ts';
import { mergeRows } from '../functions/label.ts';
import { labelsAt, withoutEmptyRows, withoutMetadata } from './rows.ts';
import { firstAfter } from './selector.ts';
import type { Grid, RangeValue, VectorValue } from './values.ts';

/** The answer of a query: names that are due dropped, equal series joined, ranges sorted by labels. */
export function finishVector(value: VectorValue, grid: Grid): ResultSeries[] {
  const present = withoutEmptyRows(value, grid);
  const named = mergeRows(
    { ...present, labels: present.labels.map((labels, row) => shown(labels, present.dropName[row])) },
    grid.steps,
  );
  const order = grid.steps > 1 ? sortedRows(named.labels) : [...named.labels.keys()];
  return order.map((row) => ({
    labels: labelsAt(named, row),
    values: named.data.subarray(row * grid.steps, (row + 1) * grid.steps),
  }));
}

/** The samples inside the window of an instant query's only step, sorted by labels. */
export function finishMatrix(value: RangeValue, grid: Grid): MatrixSeries[] {
  const endMs = (value.atMs ?? grid.startMs) - value.offsetMs;
  const labels = value.labels.map((series, row) => shown(series, value.dropName[row]));
  return sortedRows(labels).flatMap((row) => {
    const timestamps = value.timestamps[row] ?? new Float64Array(0);
    const from = firstAfter(timestamps, endMs - value.rangeMs);
    const to = firstAfter(timestamps, endMs);
    const series = labels[row];
    if (from === to || series === undefined) {
      return [];
    }
    const values = value.values[row] ?? new Float64Array(0);
    return [{ labels: series, timestamps: timestamps.subarray(from, to), values: values.subarray(from, to) }];
  });
}

function shown(labels: Labels, dropName: boolean | undefined): Labels {
  return dropName === true ? withoutMetadata(labels) : labels;
}

/** Row numbers in the order Prometheus sorts label sets: name by name, value by value, shorter first. */
function sortedRows(labels: readonly Labels[]): number[] {
  const flat = labels.map((series) => [...series.entries()].flat());
  return [...labels.keys()].sort((a, b) => compareFlat(flat[a] ?? [], flat[b] ?? []));
}

function compareFlat(a: readonly string[], b: readonly string[]): number {
  for (let i = 0; i < a.length && i < b.length; i += 1) {
    const x = a[i] ?? '';
    const y = b[i] ?? '';
    if (x !== y) {
      return x < y ? -1 : 1;
    }
  }
  return a.length - b.length;
}
