/** A time as Go's JSON has it; its zero time stands for "never". */
export function isoTime(timeMs: number | null): string {
  return timeMs === null ? '0001-01-01T00:00:00Z' : new Date(timeMs).toISOString();
}

/** Go's FormatFloat(v, 'e', -1, 64): `1e+00`. */
export function exponentText(value: number): string {
  if (!Number.isFinite(value)) {
    return Number.isNaN(value) ? 'NaN' : String(value).replace('Infinity', 'Inf').replace(/^I/, '+I');
  }
  return value.toExponential().replace(/e([+-])(\d)$/, 'e$10$2');
}
