import { resolveTime, type Zone } from './range-expression.ts';

/** A range as the URL holds it. */
export interface RangeText {
  readonly from: string;
  readonly to: string;
}

/** `sliding`: both ends move; `growing`: the start stays; `fixed`: neither moves. */
export type RangeKind = 'sliding' | 'growing' | 'fixed';

export interface ResolvedRange {
  readonly from: number;
  readonly to: number;
  readonly kind: RangeKind;
}

export interface RangePreset {
  readonly label: string;
  readonly range: RangeText;
}

export const DEFAULT_RANGE: RangeText = { from: 'now-1h', to: 'now' };

export const RANGE_PRESETS: readonly RangePreset[] = ['5m', '15m', '30m', '1h', '3h', '6h', '12h', '24h', '2d', '7d'].map(
  (label) => ({ label, range: { from: `now-${label}`, to: 'now' } }),
);

const MIN_SPAN_MS = 10_000;

/** The instants a range means now; null when it cannot be read or ends before it starts. */
export function resolveRange(range: RangeText, now: number, zone: Zone): ResolvedRange | null {
  const from = resolveTime(range.from, { now, zone, edge: 'from' });
  const to = resolveTime(range.to, { now, zone, edge: 'to' });
  return from === null || to === null || to <= from ? null : { from, to, kind: rangeKind(range) };
}

export function rangeKind({ from, to }: RangeText): RangeKind {
  if (!to.startsWith('now')) {
    return 'fixed';
  }
  return from.startsWith('now') && !from.includes('/') ? 'sliding' : 'growing';
}

/**
 * What someone types into the picker: `13h` (the last 13 hours), `since 14:00`, `now-1h`, `now-2d/d to now/d`,
 * `2026-11-22 10:00 to 2026-11-22 12:00`. Null when it means nothing.
 */
export function parseTypedRange(text: string, now: number, zone: Zone): RangeText | null {
  const typed = text.trim();
  const last = /^(?:last\s+)?(\d+[smhdwMy])$/.exec(typed);
  if (last !== null) {
    return { from: `now-${last[1]}`, to: 'now' };
  }
  const since = /^since\s+(.+)$/i.exec(typed);
  const [from = '', to = 'now'] = since === null ? typed.split(/\s+(?:to|until)\s+/i) : [since[1] ?? ''];
  const range = { from: pin(from, now, zone), to: pin(to, now, zone) };
  return resolveRange(range, now, zone) === null ? null : range;
}

/** Relative times stay as typed; everything else becomes an instant, so that the URL means the same in every zone. */
function pin(text: string, now: number, zone: Zone): string {
  const at = text.trim().startsWith('now') ? null : resolveTime(text, { now, zone, edge: 'from' });
  return at === null ? text.trim() : new Date(at).toISOString();
}

/** The range that ends where this one is now and does not move any more. */
export function fixedRange({ from, to }: Pick<ResolvedRange, 'from' | 'to'>): RangeText {
  const end = Math.max(to, from + MIN_SPAN_MS);
  return { from: new Date(from).toISOString(), to: new Date(end).toISOString() };
}

/** Twice as wide around the centre, never into the future; a sliding range stays sliding. */
export function zoomOut({ from, to, kind }: ResolvedRange, now: number): RangeText {
  const width = to - from;
  if (kind === 'sliding') {
    return { from: `now-${Math.round((2 * width) / 1000)}s`, to: 'now' };
  }
  const end = Math.min(now, to + width / 2);
  return fixedRange({ from: end - 2 * width, to: end });
}

const STEPS_MS = [
  1000, 5000, 15_000, 30_000, 60_000, 120_000, 300_000, 600_000, 1_800_000, 3_600_000, 7_200_000, 21_600_000, 86_400_000,
];

/** The step that gives at most a point a pixel and never goes finer than 15 s, what sources usually offer. */
export function stepFor(widthMs: number, pixels: number): number {
  const finest = Math.max(15_000, widthMs / Math.max(1, Math.min(pixels, 600)));
  return STEPS_MS.find((step) => step >= finest) ?? 86_400_000;
}
