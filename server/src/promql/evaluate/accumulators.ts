import { ABSENT } from '../../model/sample.ts';
import type { AggregateOperator } from '../ast.ts';
import type { RowTarget } from './row-source.ts';

export interface Accumulator {
  /** Adds the points of a row's span to those of its group: that of step i to the one at `at + i`. */
  readonly add: (row: RowTarget, at: number) => void;
  /** The results of all groups and steps, ABSENT where no point was added. */
  readonly finish: () => Float64Array;
  /** What is kept for every group and step, where states can be merged: see `mergeState`. */
  readonly state?: readonly AccumulatorState[];
}

export type AccumulatorState = Float64Array | Uint8Array;

/** The state of an aggregation for every group and step, advanced row by row; `undefined` for one that needs all points at once. */
export function accumulatorOf(op: AggregateOperator, length: number): Accumulator | undefined {
  switch (op) {
    case 'sum':
      return sums(length);
    case 'avg':
      return means(length);
    case 'min':
      return smallest(length);
    case 'max':
      return largest(length);
    case 'count':
      return counts(length);
    case 'group':
      return presence(length);
    case 'stdvar':
      return variances(length, (variance) => variance);
    case 'stddev':
      return variances(length, Math.sqrt);
    default:
      return undefined;
  }
}

// Each loop is written out over typed arrays: one call for a row of points, none for a point.
function sums(length: number): Accumulator {
  const totals = new Float64Array(length).fill(ABSENT);
  const rests = new Float64Array(length);
  return {
    state: [totals, rests],
    add: ({ out: points, firstStep, endStep }, at) => {
      for (let step = firstStep; step < endStep; step += 1) {
        const value = points[step] ?? ABSENT;
        if (value === ABSENT) {
          continue;
        }
        const index = at + step;
        const before = totals[index] ?? ABSENT;
        if (before === ABSENT) {
          totals[index] = value;
          continue;
        }
        // Knuth's way to what the sum leaves out: the same number as Neumaier's, without asking which operand is larger.
        const total = before + value;
        const part = total - before;
        rests[index] = (rests[index] ?? 0) + (before - (total - part) + (value - part));
        totals[index] = total;
      }
    },
    finish: () => {
      for (let i = 0; i < length; i += 1) {
        const total = totals[i] ?? ABSENT;
        // The rest of an infinite sum means nothing.
        const isWhole = total === ABSENT || Math.abs(total) === Number.POSITIVE_INFINITY;
        totals[i] = isWhole ? total : total + (rests[i] ?? 0);
      }
      return totals;
    },
  };
}

/** The mean of the compensated sum; incremental from where the sum would overflow. */
function means(length: number): Accumulator {
  const totals = new Float64Array(length);
  const rests = new Float64Array(length);
  const counts = new Float64Array(length);
  const isIncremental = new Uint8Array(length);
  const advance = (index: number, value: number): void => {
    const before = totals[index] ?? 0;
    const total = before + value;
    if (total === Number.POSITIVE_INFINITY || total === Number.NEGATIVE_INFINITY) {
      rests[index] = 0;
    } else {
      const rest = Math.abs(before) >= Math.abs(value) ? before - total + value : value - total + before;
      rests[index] = (rests[index] ?? 0) + rest;
    }
    totals[index] = total;
  };
  const advanceMean = (index: number, value: number, count: number): void => {
    if (isIncremental[index] === 0) {
      isIncremental[index] = 1;
      totals[index] = (totals[index] ?? 0) / (count - 1);
      rests[index] = (rests[index] ?? 0) / (count - 1);
    }
    const share = (count - 1) / count;
    totals[index] = (totals[index] ?? 0) * share;
    rests[index] = (rests[index] ?? 0) * share;
    advance(index, value / count);
  };
  return {
    state: [totals, rests, counts, isIncremental],
    add: ({ out: points, firstStep, endStep }, at) => {
      for (let step = firstStep; step < endStep; step += 1) {
        const value = points[step] ?? ABSENT;
        if (value === ABSENT) {
          continue;
        }
        const index = at + step;
        const count = (counts[index] ?? 0) + 1;
        counts[index] = count;
        if (count === 1) {
          totals[index] = value;
        } else if (isIncremental[index] === 1 || Math.abs((totals[index] ?? 0) + value) === Number.POSITIVE_INFINITY) {
          advanceMean(index, value, count);
        } else {
          advance(index, value);
        }
      }
    },
    finish: () => {
      for (let i = 0; i < length; i += 1) {
        const count = counts[i] ?? 0;
        const total = totals[i] ?? 0;
        const rest = rests[i] ?? 0;
        totals[i] = isIncremental[i] === 1 ? total + rest : total / count + rest / count;
        totals[i] = count === 0 ? ABSENT : (totals[i] ?? 0);
      }
      return totals;
    },
  };
}

function smallest(length: number): Accumulator {
  const best = new Float64Array(length).fill(ABSENT);
  return {
    state: [best],
    add: ({ out: points, firstStep, endStep }, at) => {
      for (let step = firstStep; step < endStep; step += 1) {
        const value = points[step] ?? ABSENT;
        const least = best[at + step] ?? ABSENT;
        if (value !== ABSENT && (least === ABSENT || least > value || Number.isNaN(least))) {
          best[at + step] = value;
        }
      }
    },
    finish: () => best,
  };
}

function largest(length: number): Accumulator {
  const best = new Float64Array(length).fill(ABSENT);
  return {
    state: [best],
    add: ({ out: points, firstStep, endStep }, at) => {
      for (let step = firstStep; step < endStep; step += 1) {
        const value = points[step] ?? ABSENT;
        const most = best[at + step] ?? ABSENT;
        if (value !== ABSENT && (most === ABSENT || most < value || Number.isNaN(most))) {
          best[at + step] = value;
        }
      }
    },
    finish: () => best,
  };
}

function counts(length: number): Accumulator {
  const found = new Float64Array(length);
  return {
    state: [found],
    add: ({ out: points, firstStep, endStep }, at) => {
      for (let step = firstStep; step < endStep; step += 1) {
        if (points[step] !== ABSENT) {
          found[at + step] = (found[at + step] ?? 0) + 1;
        }
      }
    },
    finish: () => found.map((count) => (count === 0 ? ABSENT : count)),
  };
}

function presence(length: number): Accumulator {
  const found = new Float64Array(length).fill(ABSENT);
  return {
    state: [found],
    add: ({ out: points, firstStep, endStep }, at) => {
      for (let step = firstStep; step < endStep; step += 1) {
        if (points[step] !== ABSENT) {
          found[at + step] = 1;
        }
      }
    },
    finish: () => found,
  };
}

/** Welford's method. */
function variances(length: number, finish: (variance: number) => number): Accumulator {
  const counts = new Float64Array(length);
  const averages = new Float64Array(length);
  const squares = new Float64Array(length);
  return {
    add: ({ out: points, firstStep, endStep }, at) => {
      for (let step = firstStep; step < endStep; step += 1) {
        const value = points[step] ?? ABSENT;
        if (value === ABSENT) {
          continue;
        }
        const index = at + step;
        const count = (counts[index] ?? 0) + 1;
        counts[index] = count;
        if (count === 1) {
          averages[index] = value;
          squares[index] = Number.isFinite(value) ? 0 : Number.NaN;
          continue;
        }
        const before = averages[index] ?? 0;
        const delta = value - before;
        const average = before + delta / count;
        averages[index] = average;
        squares[index] = (squares[index] ?? 0) + delta * (value - average);
      }
    },
    finish: () => squares.map((square, i) => (counts[i] === 0 ? ABSENT : finish(square / (counts[i] ?? 1)))),
  };
}
