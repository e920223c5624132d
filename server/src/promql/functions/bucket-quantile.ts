/** A cumulative bucket: how many observations were at most `upperBound`. */
export interface Bucket {
  readonly upperBound: number;
  count: number;
}

/** What had to be done to make counts rise from bucket to bucket. */
export interface Correction {
  readonly minBound: number;
  readonly maxBound: number;
  readonly maxDifference: number;
}

const TOLERANCE = 1e-12;

/**
 * The q-quantile of a classic histogram, interpolated linearly inside its bucket. Buckets come sorted by rising bound.
 * NaN without observations, without a +Inf bucket or with fewer than two buckets; -Inf for q < 0, +Inf for q > 1.
 */
export function bucketQuantile(q: number, given: readonly Bucket[]): { value: number; forced?: Correction } {
  if (Number.isNaN(q)) {
    return { value: Number.NaN };
  }
  if (q < 0 || q > 1) {
    return { value: q < 0 ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY };
  }
  if (given.at(-1)?.upperBound !== Number.POSITIVE_INFINITY) {
    return { value: Number.NaN };
  }
  const buckets = coalesce(given);
  const forced = makeMonotonic(buckets);
  const observations = buckets.at(-1)?.count ?? 0;
  if (buckets.length < 2 || observations === 0) {
    return { value: Number.NaN };
  }
  const value = interpolate(q * observations, buckets);
  return forced === undefined ? { value } : { value, forced };
}

/** The buckets of one histogram at one time, without objects: the first `size` of both arrays, bounds rising. */
export interface BucketColumns {
  readonly upperBounds: Float64Array;
  readonly counts: Float64Array;
  size: number;
}

/**
 * What `bucketQuantile` gives for a proper histogram: different bounds, the last +Inf, counts that clearly rise or stay, q
 * between 0 and 1. `undefined` for any other, which is for `bucketQuantile` to judge.
 */
export function properQuantile(q: number, { upperBounds, counts, size }: BucketColumns): number | undefined {
  const last = size - 1;
  if (last < 1 || !(q >= 0 && q <= 1) || upperBounds[last] !== Number.POSITIVE_INFINITY) {
    return undefined;
  }
  for (let i = 1; i < size; i += 1) {
    const count = counts[i] ?? 0;
    const more = count - (counts[i - 1] ?? 0);
    if ((more !== 0 && !(more > 2 * TOLERANCE * count)) || upperBounds[i] === upperBounds[i - 1]) {
      return undefined;
    }
  }
  const observations = counts[last] ?? 0;
  if (!(observations > 0)) {
    return undefined;
  }
  const rank = q * observations;
  let index = 0;
  while (index < last && !((counts[index] ?? 0) >= rank)) {
    index += 1;
  }
  const upper = upperBounds[index] ?? 0;
  if (index === last) {
    return upperBounds[last - 1];
  }
  if (index === 0 && upper <= 0) {
    return upper;
  }
  const lower = index === 0 ? 0 : (upperBounds[index - 1] ?? 0);
  const below = index === 0 ? 0 : (counts[index - 1] ?? 0);
  return lower + (upper - lower) * ((rank - below) / ((counts[index] ?? 0) - below));
}

function interpolate(rank: number, buckets: readonly Bucket[]): number {
  const last = buckets.length - 1;
  let index = 0;
  while (index < last && !((buckets[index]?.count ?? 0) >= rank)) {
    index += 1;
  }
  const bucket = buckets[index] ?? { upperBound: Number.NaN, count: 0 };
  if (index === last) {
    return buckets[last - 1]?.upperBound ?? Number.NaN;
  }
  if (index === 0 && bucket.upperBound <= 0) {
    return bucket.upperBound;
  }
  const below = buckets[index - 1] ?? { upperBound: 0, count: 0 };
  return below.upperBound + (bucket.upperBound - below.upperBound) * ((rank - below.count) / (bucket.count - below.count));
}

/** The share of observations between two values. NaN without observations or without a +Inf bucket. */
export function bucketFraction(lower: number, upper: number, given: readonly Bucket[]): number {
  const buckets = coalesce(given);
  const last = buckets.at(-1);
  if (last?.upperBound !== Number.POSITIVE_INFINITY || last.count === 0 || Number.isNaN(lower) || Number.isNaN(upper)) {
    return Number.NaN;
  }
  if (lower >= upper) {
    return 0;
  }
  return (rankOf(upper, buckets, last.count) - rankOf(lower, buckets, last.count)) / last.count;
}

/**
 * How many observations lie below a value. The first bucket begins at 0 when its bound is positive, else it is endless, and
 * an endless bucket is never divided: all of the first and none of the last count as below.
 */
function rankOf(value: number, buckets: readonly Bucket[], total: number): number {
  let below = 0;
  let lowerBound = (buckets[0]?.upperBound ?? 0) > 0 ? 0 : Number.NEGATIVE_INFINITY;
  for (const { upperBound, count } of buckets) {
    if (lowerBound >= value) {
      return Math.min(below, total);
    }
    if (upperBound > value) {
      const isEndless = lowerBound === Number.NEGATIVE_INFINITY;
      const rank = isEndless ? count : below + ((count - below) * (value - lowerBound)) / (upperBound - lowerBound);
      return Math.min(rank, total);
    }
    below = count;
    lowerBound = upperBound;
  }
  return total;
}

function coalesce(given: readonly Bucket[]): Bucket[] {
  const buckets: Bucket[] = [];
  for (const { upperBound, count } of given) {
    const before = buckets.at(-1);
    if (before?.upperBound === upperBound) {
      before.count += count;
    } else {
      buckets.push({ upperBound, count });
    }
  }
  return buckets;
}

/** Takes out differences of floating point size silently, and real decreases with a report. */
function makeMonotonic(buckets: readonly Bucket[]): Correction | undefined {
  let correction: Correction | undefined;
  let previous = buckets[0]?.count ?? 0;
  for (const bucket of buckets.slice(1)) {
    const difference = Math.abs(bucket.count - previous);
    if (difference !== 0 && difference / bucket.count <= TOLERANCE) {
      bucket.count = previous;
    } else {
      previous = bucket.count;
    }
  }
  let most = buckets[0]?.count ?? 0;
  for (const bucket of buckets.slice(1)) {
    if (bucket.count < most) {
      correction = {
        minBound: Math.min(correction?.minBound ?? bucket.upperBound, bucket.upperBound),
        maxBound: Math.max(correction?.maxBound ?? bucket.upperBound, bucket.upperBound),
        maxDifference: Math.max(correction?.maxDifference ?? 0, most - bucket.count),
      };
      bucket.count = most;
    } else if (bucket.count > most) {
      most = bucket.count;
    }
  }
  return correction;
}
