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

export interface Threshold {
  /** As the rule has it: ">", "<=". */
  readonly operator: string;
  readonly value: number;
}

const NUMBER = '(-?\\d+(?:\\.\\d+)?(?:e[+-]?\\d+)?)';
const AFTER = new RegExp(`^\\s*\\)?\\s*([<>]=?|[!=]=)\\s*(?:bool\\s+)?${NUMBER}\\s*(?:\\)|$|(?:and|or|unless)\\b)`, 'i');

/** What a rule compares the measured part of its expression with: `x > 0.95 and y` compares `x` with 0.95. Null when it is no number. */
export function thresholdOf(rule: string, measured: string): Threshold | null {
  const start = rule.indexOf(measured);
  const [, operator, value] = (start === -1 ? null : AFTER.exec(rule.slice(start + measured.length))) ?? [];
  return operator === undefined ? null : { operator, value: Number(value) };
}
