import { hashText } from './fingerprint.ts';

/**
 * A group's evaluation times: `k × intervalMs + offsetMs`, the same over restarts. Groups with the same interval have the same times, so
 * that what they read alike is looked up once and is still at hand; those with different ones are spread by a hash.
 */
export class RuleSlots {
  readonly intervalMs: number;
  readonly offsetMs: number;

  constructor({ intervalMs }: { readonly intervalMs: number }) {
    this.intervalMs = intervalMs;
    this.offsetMs = Number(hashText(`every ${intervalMs}`) % BigInt(intervalMs));
  }

  /** The newest slot at or before a time. */
  floor(atMs: number): number {
    return Math.floor((atMs - this.offsetMs) / this.intervalMs) * this.intervalMs + this.offsetMs;
  }
}

export interface WaitingSource {
  readonly watermarkMs: number | null;
}

/**
 * The newest slot that may be evaluated now: all sources that are waited for have passed it, and so has the clock.
 * Without sources to wait for, the clock must have passed it by the grace.
 */
export function readySlot(
  slots: RuleSlots,
  now: number,
  waiting: { readonly sources: readonly WaitingSource[]; readonly queryOffsetMs: number },
): number {
  const { sources, queryOffsetMs } = waiting;
  if (sources.length === 0) {
    return slots.floor(now - SOURCELESS_GRACE_MS);
  }
  const watermarks = sources.map(({ watermarkMs }) => (watermarkMs ?? Number.NEGATIVE_INFINITY) + queryOffsetMs);
  return slots.floor(Math.min(now, ...watermarks));
}

/** How long after its slot a group runs that has no source to tell it that the data is in. */
export const SOURCELESS_GRACE_MS = 500;
