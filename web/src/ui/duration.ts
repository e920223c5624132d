const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** How long, in the two units that matter: "4 s", "3 min", "2 h 14 min", "5 d 3 h". Negative durations count as 0. */
export function formatDuration(durationMs: number): string {
  const ms = Math.max(0, durationMs);
  if (ms < MINUTE) {
    return `${Math.floor(ms / SECOND)} s`;
  }
  if (ms < HOUR) {
    const minutes = Math.floor(ms / MINUTE);
    const seconds = Math.floor((ms % MINUTE) / SECOND);
    return minutes < 10 && seconds > 0 ? `${minutes} min ${seconds} s` : `${minutes} min`;
  }
  return ms < DAY
    ? pair(ms, { unit: HOUR, name: 'h' }, { unit: MINUTE, name: 'min' })
    : pair(ms, { unit: DAY, name: 'd' }, { unit: HOUR, name: 'h' });
}

/** One unit, for tight places: "4 s", "3 min", "2 h", "5 d". */
export function formatAge(durationMs: number): string {
  return formatDuration(durationMs).split(' ').slice(0, 2).join(' ');
}

/** A sampling step: "500 ms", "15 s", "1 min", "1 min 30 s". */
export function formatStep(stepMs: number): string {
  return stepMs < SECOND ? `${stepMs} ms` : formatDuration(stepMs);
}

interface Unit {
  readonly unit: number;
  readonly name: string;
}

function pair(ms: number, big: Unit, small: Unit): string {
  const first = Math.floor(ms / big.unit);
  const second = Math.floor((ms % big.unit) / small.unit);
  return second > 0 ? `${first} ${big.name} ${second} ${small.name}` : `${first} ${big.name}`;
}
