import { type Labels, METRIC_NAME } from '../../model/labels.ts';
import { ABSENT } from '../../model/sample.ts';
import type { Grid, VectorValue } from './values.ts';

/** The labels of a row that exists. */
export function labelsAt(value: Pick<VectorValue, 'labels'>, row: number): Labels {
  const labels = value.labels[row];
  if (labels === undefined) {
    throw new RangeError(`no row ${row}`);
  }
  return labels;
}

const METADATA = [METRIC_NAME, '__type__', '__unit__'];

/** The labels without what describes the metric itself: name, type and unit. What Prometheus drops where a value is no longer that metric's. */
export function withoutMetadata(labels: Labels): Labels {
  return labels.has('__type__') || labels.has('__unit__') ? labels.without(METADATA) : labels.withoutMetricName();
}

/** Leaves out the rows without any point. */
export function withoutEmptyRows(value: VectorValue, { steps }: Grid): VectorValue {
  const keep: number[] = [];
  for (let row = 0; row < value.labels.length; row += 1) {
    for (let i = row * steps; i < (row + 1) * steps; i += 1) {
      if (value.data[i] !== ABSENT) {
        keep.push(row);
        break;
      }
    }
  }
  return keep.length === value.labels.length ? value : pickRows(value, keep, steps);
}

/** The given rows, in the given order. */
export function pickRows(value: VectorValue, rows: readonly number[], steps: number): VectorValue {
  const data = new Float64Array(rows.length * steps);
  const labels: Labels[] = [];
  const dropName: boolean[] = [];
  for (const [to, from] of rows.entries()) {
    data.set(value.data.subarray(from * steps, (from + 1) * steps), to * steps);
    labels.push(labelsAt(value, from));
    dropName.push(value.dropName[from] ?? false);
  }
  return { kind: 'vector', labels, dropName, data };
}
