/**
 * The q-quantile of the first `count` values, which are put into another order, NaN counting as the smallest; interpolated
 * linearly. NaN without values or for q = NaN; -Inf for q < 0, +Inf for q > 1.
 */
export function quantile(q: number, values: Float64Array, count = values.length): number {
  if (count === 0 || !isQuantile(q)) {
    return interpolateRank(q, values, { nans: 0, count });
  }
  const nans = nansLast(values, count);
  const lower = Math.max(0, Math.floor(q * (count - 1))) - nans;
  const upper = Math.min(lower + 1, count - nans - 1);
  if (upper >= 0) {
    placeRank(values, upper, count - nans);
    if (lower >= 0 && lower < upper) {
      largestLast(values, upper);
    }
  }
  return interpolateRank(q, values, { nans, count });
}

/**
 * The q-quantile of `count` values of which `nans` are NaN and the others lie in front of `values` in rising order, at least
 * where the quantile falls.
 */
export function interpolateRank(
  q: number,
  values: Float64Array,
  { nans, count }: { readonly nans: number; readonly count: number },
): number {
  if (count === 0 || Number.isNaN(q)) {
    return Number.NaN;
  }
  if (q < 0) {
    return Number.NEGATIVE_INFINITY;
  }
  if (q > 1) {
    return Number.POSITIVE_INFINITY;
  }
  const rank = q * (count - 1);
  const lower = Math.max(0, Math.floor(rank));
  const upper = Math.min(count - 1, lower + 1);
  const weight = rank - Math.floor(rank);
  const low = lower < nans ? Number.NaN : (values[lower - nans] ?? Number.NaN);
  const high = upper < nans ? Number.NaN : (values[upper - nans] ?? Number.NaN);
  return low * (1 - weight) + high * weight;
}

/** Whether q lies between 0 and 1; Prometheus warns of any other. */
export function isQuantile(q: number): boolean {
  return q >= 0 && q <= 1;
}

/** Moves NaN behind everything else. Returns how many there are. */
function nansLast(values: Float64Array, count: number): number {
  let kept = 0;
  for (let i = 0; i < count; i += 1) {
    const value = values[i] ?? 0;
    if (!Number.isNaN(value)) {
      values[kept] = value;
      kept += 1;
    }
  }
  return count - kept;
}

/** Hoare's selection: afterwards `values[rank]` is what it would be if the first `count` were sorted, and nothing before it is larger. */
function placeRank(values: Float64Array, rank: number, count: number): void {
  let left = 0;
  let right = count - 1;
  while (left < right) {
    const pivot = middleOf(values[left] ?? 0, values[(left + right) >> 1] ?? 0, values[right] ?? 0);
    let i = left;
    let j = right;
    while (i <= j) {
      while ((values[i] ?? 0) < pivot) {
        i += 1;
      }
      while ((values[j] ?? 0) > pivot) {
        j -= 1;
      }
      if (i <= j) {
        const moved = values[i] ?? 0;
        values[i] = values[j] ?? 0;
        values[j] = moved;
        i += 1;
        j -= 1;
      }
    }
    if (rank <= j) {
      right = j;
    } else if (rank >= i) {
      left = i;
    } else {
      return;
    }
  }
}

function middleOf(a: number, b: number, c: number): number {
  return Math.max(Math.min(a, b), Math.min(Math.max(a, b), c));
}

/** Moves the largest of the first `count` values to their end. */
function largestLast(values: Float64Array, count: number): void {
  let best = count - 1;
  for (let i = 0; i < count; i += 1) {
    if ((values[i] ?? 0) > (values[best] ?? 0)) {
      best = i;
    }
  }
  const moved = values[best] ?? 0;
  values[best] = values[count - 1] ?? 0;
  values[count - 1] = moved;
}
