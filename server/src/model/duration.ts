const UNITS_MS: ReadonlyMap<string, number> = new Map([
  ['y', 365 * 86_400_000],
  ['w', 7 * 86_400_000],
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1000],
  ['ms', 1],
]);

const SHAPE = /^(?:(\d+)y)?(?:(\d+)w)?(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?(?:(\d+)ms)?$/;

/** A Prometheus duration (`1h30m`, `15s`, `0`) in milliseconds, or `undefined` when the text is not one. Units go from large to small, each once. */
export function parseDuration(text: string): number | undefined {
  if (text === '0') {
    return 0;
  }
  const match = SHAPE.exec(text);
  if (text === '' || match === null) {
    return undefined;
  }
  return [...UNITS_MS.values()].reduce((total, unitMs, index) => total + Number(match[index + 1] ?? 0) * unitMs, 0);
}

/** The shortest Prometheus spelling of a whole number of milliseconds: 5400000 is `1h30m`. */
export function formatDuration(durationMs: number): string {
  if (durationMs === 0) {
    return '0s';
  }
  let rest = durationMs;
  let text = '';
  for (const [unit, unitMs] of UNITS_MS) {
    // Prometheus writes years, weeks and days only when they leave nothing over.
    const whole = unitMs >= 86_400_000 && rest % unitMs !== 0 ? 0 : Math.floor(rest / unitMs);
    if (whole > 0) {
      text += `${whole}${unit}`;
      rest -= whole * unitMs;
    }
  }
  return text;
}
