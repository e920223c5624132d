const FIRST_MS = 1000;
const CAP_MS = 60_000;
const FLOOR_MS = 100;

/** The pause after the n-th failed attempt (from 1): exponential with full jitter, `fraction` being random in [0, 1). */
export function backoffMs(attempt: number, fraction: number): number {
  const ceiling = Math.min(CAP_MS, FIRST_MS * 2 ** Math.min(attempt - 1, 20));
  return FLOOR_MS + Math.floor(fraction * ceiling);
}

/** HTTP's Retry-After as milliseconds from now: seconds or a date. `undefined` when absent or nonsense. */
export function parseRetryAfter(header: string | null, now: number): number | undefined {
  if (header === null || header.trim() === '') {
    return undefined;
  }
  if (/^\d+$/.test(header.trim())) {
    return Number(header) * 1000;
  }
  const at = Date.parse(header);
  return Number.isNaN(at) ? undefined : Math.max(0, at - now);
}
