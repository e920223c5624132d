import { ABSENT } from '../../model/sample.ts';
import type { AggregateOperator } from '../ast.ts';
import type { AccumulatorState } from './accumulators.ts';

/** Where a group's points lie: `from` on in one state, `to` on in the other, one for each step. */
export interface StatePlaces {
  readonly from: number;
  readonly to: number;
  readonly steps: number;
}

/**
 * Adds what one state has of a group to another's: as if the points of the one had been added to the other after its own.
 * Both are `state` of accumulators of the same operator.
 */
export function mergeState(
  op: AggregateOperator,
  states: { readonly from: readonly AccumulatorState[]; readonly to: readonly AccumulatorState[] },
  places: StatePlaces,
): void {
  const merge = MERGES.get(op);
  if (merge === undefined) {
    throw new TypeError(`partial states of ${op} cannot be merged`);
  }
  merge(states.from, states.to, places);
}

type Merge = (from: readonly AccumulatorState[], to: readonly AccumulatorState[], places: StatePlaces) => void;

const MERGES: ReadonlyMap<AggregateOperator, Merge> = new Map<AggregateOperator, Merge>([
  ['sum', mergeSums],
  ['avg', mergeMeans],
  ['min', mergeBest((value, best) => best > value)],
  ['max', mergeBest((value, best) => best < value)],
  ['count', mergeCounts],
  ['group', mergeBest(() => false)],
]);

const NONE = new Float64Array(0);

function mergeSums(
  [fromTotals = NONE, fromRests = NONE]: readonly AccumulatorState[],
  to: readonly AccumulatorState[],
  places: StatePlaces,
): void {
  const [totals = NONE, rests = NONE] = to;
  const { from, to: at, steps } = places;
  for (let step = 0; step < steps; step += 1) {
    const value = fromTotals[from + step] ?? ABSENT;
    if (value === ABSENT) {
      continue;
    }
    const index = at + step;
    const before = totals[index] ?? ABSENT;
    const rest = fromRests[from + step] ?? 0;
    if (before === ABSENT) {
      totals[index] = value;
      rests[index] = rest;
      continue;
    }
    const total = before + value;
    const part = total - before;
    rests[index] = (rests[index] ?? 0) + rest + (before - (total - part) + (value - part));
    totals[index] = total;
  }
}

/** The sum of both and its rest; where it would overflow, the mean of both. */
function mergeMeans(from: readonly AccumulatorState[], to: readonly AccumulatorState[], places: StatePlaces): void {
  const [totals = NONE, rests = NONE, counts = NONE, isIncremental = NONE] = to;
  for (let step = 0; step < places.steps; step += 1) {
    const [theirs, mine] = [meanAt(from, places.from + step), meanAt(to, places.to + step)];
    if (theirs.count === 0) {
      continue;
    }
    const merged = mine.count === 0 ? theirs : mergedMean(mine, theirs);
    const index = places.to + step;
    totals[index] = merged.total;
    rests[index] = merged.rest;
    counts[index] = merged.count;
    isIncremental[index] = merged.isIncremental ? 1 : 0;
  }
}

interface Mean {
  /** The sum, or the mean where it is incremental. */
  readonly total: number;
  readonly rest: number;
  readonly count: number;
  readonly isIncremental: boolean;
}

function meanAt(
  [totals = NONE, rests = NONE, counts = NONE, isIncremental = NONE]: readonly AccumulatorState[],
  index: number,
): Mean {
  return {
    total: totals[index] ?? 0,
    rest: rests[index] ?? 0,
    count: counts[index] ?? 0,
    isIncremental: isIncremental[index] === 1,
  };
}

function mergedMean(mine: Mean, theirs: Mean): Mean {
  const count = mine.count + theirs.count;
  if (!mine.isIncremental && !theirs.isIncremental) {
    const sum = compensated(mine, theirs);
    if (Math.abs(sum.total) !== Number.POSITIVE_INFINITY) {
      return { ...sum, count, isIncremental: false };
    }
  }
  return { ...compensated(shareOf(mine, count), shareOf(theirs, count)), count, isIncremental: true };
}

/** What the points of a mean contribute to the mean of so many. */
function shareOf({ total, rest, count, isIncremental }: Mean, all: number): Pick<Mean, 'total' | 'rest'> {
  const factor = isIncremental ? count / all : 1 / all;
  return { total: total * factor, rest: rest * factor };
}

/** Infinity drops the compensation, so that it stays infinite. */
function compensated(a: Pick<Mean, 'total' | 'rest'>, b: Pick<Mean, 'total' | 'rest'>): Pick<Mean, 'total' | 'rest'> {
  const total = a.total + b.total;
  if (Math.abs(total) === Number.POSITIVE_INFINITY) {
    return { total, rest: 0 };
  }
  const part = total - a.total;
  return { total, rest: a.rest + b.rest + (a.total - (total - part) + (b.total - part)) };
}

/** The better of two points, the first of equal ones; anything is better than NaN. */
function mergeBest(isBetter: (value: number, best: number) => boolean): Merge {
  return ([values = NONE], [best = NONE], { from, to, steps }) => {
    for (let step = 0; step < steps; step += 1) {
      const value = values[from + step] ?? ABSENT;
      const known = best[to + step] ?? ABSENT;
      if (value !== ABSENT && (known === ABSENT || isBetter(value, known) || Number.isNaN(known))) {
        best[to + step] = value;
      }
    }
  };
}

function mergeCounts(
  [counts = NONE]: readonly AccumulatorState[],
  [all = NONE]: readonly AccumulatorState[],
  { from, to, steps }: StatePlaces,
): void {
  for (let step = 0; step < steps; step += 1) {
    all[to + step] = (all[to + step] ?? 0) + (counts[from + step] ?? 0);
  }
}
