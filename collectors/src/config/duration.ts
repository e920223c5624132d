import { z } from 'zod';

const UNITS = [
  ['y', 365 * 24 * 3_600_000],
  ['w', 7 * 24 * 3_600_000],
  ['d', 24 * 3_600_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1_000],
  ['ms', 1],
] as const;
const PATTERN = /^(?:(\d+)y)?(?:(\d+)w)?(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?(?:(\d+)ms)?$/;

/** Milliseconds of a Prometheus duration such as `15s`, `1h30m` or `0`; undefined when it is not one. */
export function parseDuration(text: string): number | undefined {
  if (text === '0') {
    return 0;
  }
  const match = text === '' ? null : PATTERN.exec(text);
  if (match === null) {
    return undefined;
  }
  return UNITS.reduce((sum, [, unitMs], index) => sum + Number(match[index + 1] ?? 0) * unitMs, 0);
}

/** The shortest exact Prometheus spelling: 90000 is `1m30s`. */
export function formatDuration(durationMs: number): string {
  let left = durationMs;
  let text = '';
  for (const [unit, unitMs] of UNITS) {
    const count = Math.floor(left / unitMs);
    text += count > 0 ? `${count}${unit}` : '';
    left -= count * unitMs;
  }
  return text === '' ? '0s' : text;
}

/** A duration in a configuration file, as Prometheus spells it; milliseconds once parsed. Zero is allowed. */
export const Duration = z.string().transform((text, context): number => {
  const durationMs = parseDuration(text);
  if (durationMs === undefined) {
    context.addIssue({ code: 'custom', message: `${JSON.stringify(text)} is no duration; write it like 15s, 5m or 1h30m` });
    return z.NEVER;
  }
  return durationMs;
});

/** A duration longer than nothing. */
export const PositiveDuration = Duration.refine((durationMs) => durationMs > 0, 'must be longer than 0s');
