import type { PanelUnit } from '@tila/contract/dashboards.ts';
import { type ChartSeries, valueRange } from './series.ts';
import { formatValue } from './units.ts';

const NAMED = 3;

/** What a chart shows, in a sentence, for those who do not see it. */
export function summarize(title: string, series: readonly ChartSeries[], unit: PanelUnit): string {
  const parts = series.slice(0, NAMED).flatMap((one) => describeSeries(one, unit));
  if (parts.length === 0) {
    return `${title}: no data in this range.`;
  }
  const rest = series.length - NAMED;
  return `${title}: ${parts.join('; ')}${rest > 0 ? `; and ${rest} more series` : ''}.`;
}

function describeSeries(series: ChartSeries, unit: PanelUnit): string[] {
  const range = valueRange([series]);
  const last = series.points.findLast(([, value]) => value !== null)?.[1] ?? null;
  if (range === null) {
    return [];
  }
  return [
    `${series.name} is ${formatValue(last, unit)}, between ${formatValue(range.min, unit)} and ${formatValue(range.max, unit)}`,
  ];
}
