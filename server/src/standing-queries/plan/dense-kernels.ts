import { STALE } from '../../model/sample.ts';

/** A function of the values of one window without gaps, `values[from]` to before `values[to]`, at least one. */
export type DenseKernel = (values: Float64Array, from: number, to: number) => number;

/**
 * Functions of range vectors over a window without gaps, read in place. Each gives what promql/functions/over-time.ts gives, with
 * the same roundings; STALE says that the window has to be left to the engine's own code.
 */
export const DENSE_KERNELS: ReadonlyMap<string, DenseKernel> = new Map<string, DenseKernel>([
  ['sum_over_time', sum],
  ['avg_over_time', mean],
  ['min_over_time', least],
  ['max_over_time', most],
  ['count_over_time', (_values, from, to) => to - from],
  ['present_over_time', () => 1],
  ['last_over_time', (values, _from, to) => values[to - 1] ?? STALE],
  ['first_over_time', (values, from) => values[from] ?? STALE],
]);

/** The rounding error of each addition comes out of it exactly without a branch (Knuth's TwoSum), so it is that of Neumaier's sum. */
function sum(values: Float64Array, from: number, to: number): number {
  let total = 0;
  let compensation = 0;
  for (let i = from; i < to; i += 1) {
    const value = values[i] ?? 0;
    const next = total + value;
    const part = next - total;
    compensation += total - (next - part) + (value - part);
    total = next;
  }
  return Number.isFinite(total) && Number.isFinite(compensation) ? total + compensation : STALE;
}

function mean(values: Float64Array, from: number, to: number): number {
  let total = values[from] ?? 0;
  let compensation = 0;
  for (let i = from + 1; i < to; i += 1) {
    const value = values[i] ?? 0;
    const next = total + value;
    const part = next - total;
    compensation += total - (next - part) + (value - part);
    total = next;
  }
  const count = to - from;
  return Number.isFinite(total) && Number.isFinite(compensation) ? total / count + compensation / count : STALE;
}

/** NaN only where all values are: those at the start are passed over, later ones lose every comparison. */
function least(values: Float64Array, from: number, to: number): number {
  let i = from;
  while (i < to - 1 && Number.isNaN(values[i])) {
    i += 1;
  }
  let best = values[i] ?? 0;
  for (; i < to; i += 1) {
    const value = values[i] ?? 0;
    if (value < best) {
      best = value;
    }
  }
  return best;
}

function most(values: Float64Array, from: number, to: number): number {
  let i = from;
  while (i < to - 1 && Number.isNaN(values[i])) {
    i += 1;
  }
  let best = values[i] ?? 0;
  for (; i < to; i += 1) {
    const value = values[i] ?? 0;
    if (value > best) {
      best = value;
    }
  }
  return best;
}
