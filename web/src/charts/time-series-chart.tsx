import { useElementSize } from '@mantine/hooks';
import { lazy, Suspense, useMemo } from 'react';
import { cx } from '../ui/cx.ts';
import type { Span } from './axis.ts';
import { PLOT_MARGIN, type PlotScale } from './plot-frame.ts';
import { PlotOverlay } from './plot-overlay.tsx';
import { type ChartSeries, timesOf } from './series.ts';
import { summarize } from './summary.ts';
import classes from './time-series-chart.module.css';

const RechartsPlot = lazy(() => import('./recharts-plot.tsx').then((module) => ({ default: module.RechartsPlot })));

export interface TimeSeriesChartProps {
  readonly title: string;
  readonly series: readonly ChartSeries[];
  readonly shown: readonly number[];
  readonly scale: PlotScale;
  readonly span: Span;
  readonly stepMs: number;
  readonly firing: readonly Span[];
  readonly height?: number;
  readonly formatTime: (at: number) => string;
  readonly formatTick: (at: number, spanMs: number) => string;
  readonly zoneOffsetMs: number;
  readonly onZoom: (span: Span) => void;
  readonly onZoomOut: () => void;
}

/** Lines over time, each through its own points: an image with a summary for assistive technology, and a focusable time cursor beside it. */
export function TimeSeriesChart(props: TimeSeriesChartProps) {
  const { series, span, shown, title, scale, height = 200 } = props;
  const { ref, width } = useElementSize<HTMLDivElement>();
  const plotWidth = Math.max(1, Math.floor(width) - PLOT_MARGIN.left - PLOT_MARGIN.right);
  const times = useMemo(() => timesOf(shown.flatMap((index) => series[index] ?? [])), [series, shown]);
  return (
    <div ref={ref} className={cx(classes.chart)} style={{ height }}>
      <div role="img" aria-label={summarize(title, series, scale.unit)} className={cx(classes.picture)}>
        {width > 0 && (
          <Suspense fallback={null}>
            <RechartsPlot
              width={Math.floor(width)}
              height={height}
              series={series}
              shown={shown}
              scale={scale}
              span={span}
              stepMs={props.stepMs}
              firing={props.firing}
              formatTick={(at) => props.formatTick(at, span.to - span.from)}
              zoneOffsetMs={props.zoneOffsetMs}
            />
          </Suspense>
        )}
      </div>
      <PlotOverlay
        title={title}
        width={plotWidth}
        span={span}
        times={times}
        series={series}
        shown={shown}
        unit={scale.unit}
        formatTime={props.formatTime}
        onZoom={props.onZoom}
        onZoomOut={props.onZoomOut}
      />
    </div>
  );
}
