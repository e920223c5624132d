/**
 * The q-quantile of the first `count` values, which are sorted in place, NaN counting as the smallest; interpolated linearly.
 * NaN without values or for q = NaN; -Inf for q < 0, +Inf for q > 1.
 */
export function quantile(q: number, values: Float64Array, count = values.length): number {
  if (count === 0 || Number.isNaN(q)) {
    return Number.NaN;
  }
  if (q < 0) {
    return Number.NEGATIVE_INFINITY;
  }
  if (q > 1) {
    return Number.POSITIVE_INFINITY;
  }
  const sorted = values.subarray(0, count).sort();
  // Typed arrays sort NaN last.
  let nans = 0;
  while (nans < count && Number.isNaN(sorted[count - 1 - nans])) {
    nans += 1;
  }
  const at = (index: number): number => (index < nans ? Number.NaN : (sorted[index - nans] ?? Number.NaN));
  const rank = q * (count - 1);
  const lower = Math.max(0, Math.floor(rank));
  const upper = Math.min(count - 1, lower + 1);
  const weight = rank - Math.floor(rank);
  return at(lower) * (1 - weight) + at(upper) * weight;
}

/** Whether q lies between 0 and 1; Prometheus warns of any other. */
export function isQuantile(q: number): boolean {
  return q >= 0 && q <= 1;
}
