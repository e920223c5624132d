import type { Labels } from '../../model/labels.ts';
import { ABSENT } from '../../model/sample.ts';
import type { Expr } from '../ast.ts';
import type { EvaluationContext, VectorValue } from './values.ts';
import type { StepSpan } from './window-cursor.ts';

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
  /**
   * Writes the row's points, ABSENT where there is none, to `target`. Outside of the span that it sets there is none, and nothing is
   * written. Rising rows are fastest.
   */
  readonly fill: (row: number, target: RowTarget) => void;
}

/** Where the points of a row go: those of its span, each to `out[at + step]`. Used again from row to row. */
export class RowTarget implements StepSpan {
  out: Float64Array;
  at = 0;
  firstStep = 0;
  endStep = 0;

  constructor(out: Float64Array) {
    this.out = out;
  }

  /** Makes steps outside of the narrower of two spans have no point, where they may have one. */
  narrow({ firstStep, endStep }: StepSpan): void {
    this.firstStep = Math.max(this.firstStep, firstStep);
    this.endStep = Math.max(Math.min(this.endStep, endStep), this.firstStep);
  }

  /** Writes ABSENT to all steps outside of the span. */
  complete(steps: number): void {
    this.out.fill(ABSENT, this.at, this.at + this.firstStep);
    this.out.fill(ABSENT, this.at + this.endStep, this.at + steps);
  }

  /** Whether any point of the span is there. */
  hasPoint(): boolean {
    const { out, at, endStep } = this;
    for (let step = this.firstStep; step < endStep; step += 1) {
      if (out[at + step] !== ABSENT) {
        return true;
      }
    }
    return false;
  }
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
    fill: (row, target) => {
      const { out, at } = target;
      const from = row * steps;
      target.firstStep = 0;
      target.endStep = steps;
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

/** Computes every row and keeps those with a point. @param held where to put them: room for all rows */
export function materialize(context: EvaluationContext, rows: RowSource, held?: Float64Array): VectorValue {
  const { steps } = context.grid;
  const labels: Labels[] = [];
  const dropName: boolean[] = [];
  const mask = checkpointMask(steps);
  let data = held ?? new Float64Array(Math.min(rows.size, Math.max(16, Math.ceil(65_536 / Math.max(steps, 1)))) * steps);
  const target = new RowTarget(data);
  for (let row = 0; row < rows.size; row += 1) {
    if ((row & mask) === 0) {
      context.checkpoint();
    }
    if (target.at + steps > data.length) {
      data = grown(data, Math.min(rows.size * steps, data.length * 2));
      target.out = data;
    }
    rows.fill(row, target);
    if (target.hasPoint()) {
      target.complete(steps);
      context.count(1);
      labels.push(rows.labelsAt(row));
      dropName.push(rows.dropsNameAt(row));
      target.at += steps;
    }
  }
  return { kind: 'vector', labels, dropName, data: data.subarray(0, target.at) };
}

function grown(data: Float64Array, length: number): Float64Array<ArrayBuffer> {
  const larger = new Float64Array(length);
  larger.set(data);
  return larger;
}
