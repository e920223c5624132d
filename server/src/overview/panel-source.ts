import type { PanelSeries } from '@tila/contract/feed.ts';
import type { PointSplice } from '@tila/contract/panel-points.ts';

/** A query that stands: evaluated again whenever new samples can change it. */
export interface PanelQueryRange {
  readonly expr: string;
  /** How far back from now, and the distance between points. */
  readonly rangeMs: number;
  readonly stepMs: number;
  /** The width it is drawn in: of each pixel column the first, the lowest, the highest and the last point. */
  readonly pixels?: number;
  /** With `pixels`: how often it is evaluated. */
  readonly resolutionMs?: number;
}

/** What changed in a standing query's result. Keys are canonical texts of the series' labels. */
export interface PanelUpdate {
  /** Series that are new or whose past changed, whole. */
  readonly set?: Readonly<Record<string, PanelSeries>>;
  readonly remove?: readonly string[];
  /** Points for the end of known series; one at a known time replaces it. */
  readonly append?: Readonly<Record<string, PanelSeries['points']>>;
  /** Of queries with `pixels`: all points of known series from a time on. */
  readonly splice?: Readonly<Record<string, PointSplice>>;
  /** Of queries with `pixels`: points before this fall off, and a gap that then comes first too. */
  readonly dropBefore?: number;
}

/** Standing queries as panels and sparklines watch them. Equal queries are evaluated once, however many watch. */
export interface PanelSource {
  /**
   * Resolves with the whole range; the listener gets every change after it. Updates may start before the promise resolves.
   * @throws promql's errors when the expression cannot stand.
   */
  watch(
    query: PanelQueryRange,
    listener: (update: PanelUpdate) => void,
  ): Promise<{ readonly snapshot: Readonly<Record<string, PanelSeries>>; readonly unsubscribe: () => void }>;
}

/** Adds points to the end of a series; a point at a known time replaces it, points older than `rangeMs` before the newest fall off. */
export function appendPoints(series: PanelSeries, added: PanelSeries['points'], rangeMs: number): PanelSeries {
  const first = added[0]?.[0] ?? Number.POSITIVE_INFINITY;
  const newest = Math.max(added.at(-1)?.[0] ?? 0, series.points.at(-1)?.[0] ?? 0);
  const replaced = new Set(added.map(([at]) => at));
  const kept = series.points.filter(([at]) => at >= newest - rangeMs && !(at >= first && replaced.has(at)));
  const points = [...kept, ...added.filter(([at]) => at >= newest - rangeMs)];
  return { labels: series.labels, points: isRising(points) ? points : points.sort((a, b) => a[0] - b[0]) };
}

function isRising(points: PanelSeries['points']): boolean {
  return points.every((point, i) => i === 0 || point[0] > (points[i - 1]?.[0] ?? 0));
}
