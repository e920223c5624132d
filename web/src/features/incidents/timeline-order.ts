import type { TimelineEntry } from '@tila/contract/incidents.ts';

export type Lane = TimelineEntry['lane'];

/** Glyph of each lane, beside its word. */
export const LANE_GLYPHS: Readonly<Record<Lane, string>> = { alert: '◆', notify: '✉', data: '◔', human: '✎', change: '⬆' };

/** By when things happened; of equals what was observed first. */
export function orderTimeline(entries: readonly TimelineEntry[]): TimelineEntry[] {
  return entries.toSorted((a, b) => a.occurredAt - b.occurredAt || a.observedAt - b.observedAt || a.id.localeCompare(b.id));
}

/** "± 7.5 s"; '' when exact. */
export function formatPrecision(precisionMs: number): string {
  if (precisionMs === 0) {
    return '';
  }
  return precisionMs < 60_000
    ? `± ${Number((precisionMs / 1000).toFixed(1))} s`
    : `± ${Number((precisionMs / 60_000).toFixed(1))} min`;
}

/** The threshold of a rule's expression when it ends in a comparison with a number: `… > 0.95`. */
export function thresholdOf(query: string): number | null {
  const [, value] = /(?:[<>]=?|[!=]=)\s*(?:bool\s+)?(-?\d+(?:\.\d+)?(?:e[+-]?\d+)?)\s*$/i.exec(query) ?? [];
  return value === undefined ? null : Number(value);
}
