/** `2026-11-22 14:02:10 UTC`; `an unknown time` when it is not one. */
export function utcTime(at: number): string {
  return isTime(at) ? `${new Date(at).toISOString().slice(0, 19).replace('T', ' ')} UTC` : 'an unknown time';
}

/** `14:02:10 UTC`. */
export function utcClock(at: number): string {
  return isTime(at) ? `${new Date(at).toISOString().slice(11, 19)} UTC` : 'an unknown time';
}

/** The two largest units of a duration: `5 m 20 s`, `2 d 3 h`. */
export function humanDuration(durationMs: number): string {
  let rest = Math.max(0, Math.round(durationMs / 1000));
  const parts: string[] = [];
  for (const [unit, seconds] of [
    ['d', 86_400],
    ['h', 3600],
    ['m', 60],
    ['s', 1],
  ] as const) {
    const count = Math.floor(rest / seconds);
    rest -= count * seconds;
    if (count > 0) {
      parts.push(`${count} ${unit}`);
    }
  }
  return parts.length === 0 ? '0 s' : parts.slice(0, 2).join(' ');
}

/** A sample value for people: at most four significant digits. */
export function humanValue(value: number): string {
  if (!Number.isFinite(value) || Math.abs(value) >= 1e15) {
    return String(value);
  }
  return String(Number(value.toPrecision(Math.abs(value) >= 1000 ? 6 : 4)));
}

function isTime(at: number): boolean {
  return Number.isFinite(at) && Math.abs(at) <= 8.64e15;
}
