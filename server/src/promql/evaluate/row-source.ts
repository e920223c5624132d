import type { Labels } from '../../model/labels.ts';
import { ABSENT } from '../../model/sample.ts';
import type { Expr } from '../ast.ts';
import type { EvaluationContext, VectorValue } from './values.ts';

/**
 * An instant vector whose rows are computed when they are asked for, so that what consumes it row by row (an aggregation, a
 * filter) never holds all of it. Label sets of rows are distinct, as in every vector. Rows may turn out to have no point.
 */
export interface RowSource {
  readonly size: number;
  /** Label sets are made on demand: a filter leaves most of them out. */
  readonly labelsAt: (row: number) => Labels;
  /** Whether the row's metric name goes away at the end. */
  readonly dropsNameAt: (row: number) => boolean;
  /** Writes the row's points, ABSENT where there is none, to `out[at]` up to `out[at + steps - 1]`. Rising rows are fastest. */
  readonly fill: (row: number, out: Float64Array, at: number) => void;
}

/** Row loops look whether the query may go on after this many points. */
const CHECKPOINT_POINTS = 16_384;

/** After how many rows a loop should call `checkpoint`: a power of two less one, to mask row numbers with. */
export function checkpointMask(steps: number): number {
  let rows = 1;
  while (rows * 2 * steps <= CHECKPOINT_POINTS) {
    rows *= 2;
  }
  return rows - 1;
}

/** A vector that is held already, as rows. */
export function rowsOf({ labels, dropName, data }: VectorValue, steps: number): RowSource {
  return {
    size: labels.length,
    labelsAt: (row) => {
      const series = labels[row];
      if (series === undefined) {
        throw new RangeError(`no row ${row}`);
      }
      return series;
    },
    dropsNameAt: (row) => dropName[row] ?? false,
    fill: (row, out, at) => {
      const from = row * steps;
      for (let step = 0; step < steps; step += 1) {
        out[at + step] = data[from + step] ?? ABSENT;
      }
    },
  };
}

/** An operand row by row, to be read once. */
export function rowsFrom(context: EvaluationContext, expr: Expr): RowSource {
  return context.rows?.(expr) ?? rowsOf(context.vector(expr), context.grid.steps);
}

/** Computes every row and keeps those with a point. */
export function materialize(context: EvaluationContext, rows: RowSource): VectorValue {
  const { steps } = context.grid;
  const labels: Labels[] = [];
  const dropName: boolean[] = [];
  const mask = checkpointMask(steps);
  let data = new Float64Array(Math.min(rows.size, Math.max(16, Math.ceil(65_536 / Math.max(steps, 1)))) * steps);
  let at = 0;
  for (let row = 0; row < rows.size; row += 1) {
    if ((row & mask) === 0) {
      context.checkpoint();
    }
    if (at + steps > data.length) {
      data = grown(data, Math.min(rows.size * steps, data.length * 2));
    }
    rows.fill(row, data, at);
    if (hasPoint(data, at, steps)) {
      context.count(1);
      labels.push(rows.labelsAt(row));
      dropName.push(rows.dropsNameAt(row));
      at += steps;
    }
  }
  return { kind: 'vector', labels, dropName, data: data.subarray(0, at) };
}

function grown(data: Float64Array, length: number): Float64Array<ArrayBuffer> {
  const larger = new Float64Array(length);
  larger.set(data);
  return larger;
}

/** Whether any of `steps` points from `at` on is there. */
export function hasPoint(data: Float64Array, at: number, steps: number): boolean {
  for (let i = at; i < at + steps; i += 1) {
    if (data[i] !== ABSENT) {
      return true;
    }
  }
  return false;
}
