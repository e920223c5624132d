import type { PanelUnit } from '@tila/contract/dashboards.ts';
import { type Span, valueTicks } from './axis.ts';
import { type ChartSeries, valueRange } from './series.ts';

/** Fixed space around the plot, so that every chart on a page has the same x-axis. */
export const PLOT_MARGIN = { top: 8, right: 12, bottom: 24, left: 58 } as const;

export interface Threshold {
  readonly value: number;
  readonly label: string;
  readonly severity: 'critical' | 'warning' | 'info';
}

export interface PlotScale {
  readonly unit: PanelUnit;
  readonly min?: number | undefined;
  readonly max?: number | undefined;
  readonly thresholds: readonly Threshold[];
}

/**
 * Ticks of the y-axis: from zero unless values are negative, with a threshold in sight when the values come within
 * reach of it (half), so that one far away does not flatten the line.
 */
export function yTicks(series: readonly ChartSeries[], scale: PlotScale): number[] {
  const range = valueRange(series) ?? { min: 0, max: 0 };
  const near = scale.thresholds.map(({ value }) => value).filter((value) => range.max >= value / 2);
  const min = scale.min ?? Math.min(0, range.min);
  const top = scale.max ?? (scale.unit === 'percent' ? Math.max(100, range.max) : Math.max(range.max, ...near));
  const ticks = valueTicks({ min, max: Math.max(top, min) }, scale.unit);
  return isOnTop(range.max, ticks, scale) ? [...ticks, oneMore(ticks)] : ticks;
}

/** A line along the very top would be half cut off; shares of a whole may touch their top. */
function isOnTop(max: number, ticks: readonly number[], { unit, max: fixed }: PlotScale): boolean {
  return fixed === undefined && unit !== 'percent' && unit !== 'ratio' && max !== 0 && max === ticks.at(-1);
}

function oneMore(ticks: readonly number[]): number {
  const [before = 0, last = 0] = ticks.slice(-2);
  return Number((2 * last - before).toPrecision(12));
}

/** The time under a pixel of the plot; clamped to the span. */
export function timeAt(pixel: number, width: number, span: Span): number {
  const share = Math.min(1, Math.max(0, pixel / Math.max(1, width)));
  return Math.round(span.from + share * (span.to - span.from));
}

/** The pixel of a time. */
export function pixelOf(at: number, width: number, span: Span): number {
  return ((at - span.from) / (span.to - span.from)) * width;
}
