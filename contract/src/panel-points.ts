/**
 * How wide and how fine panels are asked for, and what their deltas mean. No schema in here: the page takes this file in whole.
 */

const WIDTHS = [240, 320, 480, 640, 960, 1280, 1920] as const;

/** The widths a panel may be asked in. */
export const PANEL_PIXELS = { min: 50, max: 4000 } as const;

/** The width a panel of so many pixels is computed for: one of a few, so that viewers with nearly the same share one. */
export function panelWidth(pixels: number): number {
  return WIDTHS.find((width) => width >= pixels) ?? WIDTHS[WIDTHS.length - 1] ?? 1920;
}

/** What sources usually offer. */
const FINEST_MS = 15_000;
const MAX_STEPS = 6000;
const RESOLUTIONS_MS = [
  FINEST_MS,
  30_000,
  60_000,
  120_000,
  300_000,
  600_000,
  1_800_000,
  3_600_000,
  7_200_000,
  21_600_000,
  86_400_000,
] as const;

/**
 * How far apart the evaluations of a panel with `pixels` are: 15 s up to a day of range, longer for longer ranges, and never
 * longer than the step asked for. `step()` in its expression means the step asked for all the same.
 */
export function panelResolution({ rangeMs, stepMs }: { readonly rangeMs: number; readonly stepMs: number }): number {
  return Math.min(stepMs, RESOLUTIONS_MS.find((candidate) => rangeMs / candidate <= MAX_STEPS) ?? stepMs);
}

type Points = readonly (readonly [number, number | null])[];

/** The points of a series from a time on, anew. */
export interface PointSplice {
  /** Epoch milliseconds. What is known from here on is replaced. */
  readonly from: number;
  readonly points: Points;
}

export function splicePoints(known: Points, { from, points }: PointSplice): Points {
  return [...known.slice(0, indexFrom(known, from)), ...points];
}

/** Without the points before a time, and without a gap at the start. */
export function dropPointsBefore(points: Points, before: number): Points {
  let first = indexFrom(points, before);
  while (first < points.length && points[first]?.[1] === null) {
    first += 1;
  }
  return first === 0 ? points : points.slice(first);
}

/** Index of the first point at a time or after it. Points are in time order. */
function indexFrom(points: Points, time: number): number {
  let low = 0;
  let high = points.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((points[middle]?.[0] ?? time) < time) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}
