/**
 * Bucket bounds in seconds. None is a whole number: `le` is then written alike in the text format 0.0.4 ("1"), in OpenMetrics
 * ("1.0") and by Prometheus 2 and 3, so history and live scrapes are the same series.
 */
export const BUCKETS_S = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 0.75, 1.5, 2.5, 7.5] as const;

/** A log-normal duration: half the requests take less than `medianS`. */
export interface Duration {
  readonly medianS: number;
  readonly sigma: number;
}

/** The share of requests that take at most `boundS` when everything takes `factor` times as long. */
export function shareWithin(duration: Duration, boundS: number, factor: number): number {
  return normalCdf(Math.log(boundS / (duration.medianS * factor)) / duration.sigma);
}

export function meanOf(duration: Duration): number {
  return duration.medianS * Math.exp((duration.sigma * duration.sigma) / 2);
}

/** Abramowitz and Stegun 7.1.26, error below 1.5e-7, and never decreasing after the clamp. */
function normalCdf(z: number): number {
  const x = Math.abs(z) / Math.SQRT2;
  const t = 1 / (1 + 0.3275911 * x);
  const poly = ((((1.061405429 * t - 1.453152027) * t + 1.421413741) * t - 0.284496736) * t + 0.254829592) * t;
  const tail = Math.min(1, Math.max(0, (poly * Math.exp(-x * x)) / 2));
  return z >= 0 ? 1 - tail : tail;
}
