import { CartesianGrid, Line, LineChart, ReferenceArea, ReferenceLine, XAxis, YAxis } from 'recharts';
import { seriesColour, seriesDash } from '../theme/palette.ts';
import { cx } from '../ui/cx.ts';
import { type Span, timeTicks } from './axis.ts';
import { PLOT_MARGIN, type PlotScale, type Threshold, yTicks } from './plot-frame.ts';
import classes from './recharts-plot.module.css';
import { type ChartSeries, newestValueAt, type Point } from './series.ts';
import { formatValue } from './units.ts';

export interface RechartsPlotProps {
  readonly width: number;
  readonly height: number;
  readonly series: readonly ChartSeries[];
  /** Indexes of the series to draw; colours stay with the index. */
  readonly shown: readonly number[];
  readonly scale: PlotScale;
  readonly span: Span;
  readonly stepMs: number;
  /** When alerts were firing. */
  readonly firing: readonly Span[];
  readonly formatTick: (at: number) => string;
  readonly zoneOffsetMs: number;
}

const TICK = { fill: 'var(--tila-faint)', fontSize: 11 };
const PIXELS_A_TICK = 90;
const TAIL_STEPS = 2;
const TAIL_LABEL_PIXELS = 96;

const HATCH = (
  <defs>
    <pattern id="tila-hatch" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
      <line x1="0" y1="0" x2="0" y2="6" className={cx(classes.hatch)} />
    </pattern>
  </defs>
);

/** Axes, grid, lines, thresholds, firing spans and the hatched tail. Loaded apart: Recharts is 100 kB. */
export function RechartsPlot(props: RechartsPlotProps) {
  const { width, height, span, scale, series, shown } = props;
  const visible = shown.flatMap((index) => series[index] ?? []);
  const ticks = yTicks(visible, scale);
  const [bottom = 0, top = 1] = [ticks[0], ticks.at(-1)];
  const newest = newestValueAt(series);
  const tailFrom = newest !== null && span.to - newest > (TAIL_STEPS + 1) * props.stepMs ? Math.max(newest, span.from) : null;
  return (
    <LineChart
      width={width}
      height={height}
      margin={{ top: PLOT_MARGIN.top, right: PLOT_MARGIN.right, bottom: 0, left: 0 }}
      accessibilityLayer={false}
      className={cx(classes.plot)}
    >
      {HATCH}
      <CartesianGrid vertical={false} stroke="var(--tila-border)" />
      <XAxis
        dataKey="at"
        type="number"
        domain={[span.from, span.to]}
        allowDataOverflow
        ticks={timeTicks(span, Math.max(2, Math.floor(width / PIXELS_A_TICK)), props.zoneOffsetMs)}
        tickFormatter={props.formatTick}
        height={PLOT_MARGIN.bottom}
        tick={TICK}
        tickLine={false}
        axisLine={{ stroke: 'var(--tila-border-strong)' }}
        interval="preserveStartEnd"
        minTickGap={16}
      />
      <YAxis
        width={PLOT_MARGIN.left}
        domain={[bottom, top]}
        allowDataOverflow
        ticks={ticks}
        tickFormatter={(value: number) => formatValue(value, scale.unit)}
        tick={TICK}
        tickLine={false}
        axisLine={false}
        interval={0}
      />
      {props.firing.map((firing) => (
        <ReferenceArea
          key={firing.from}
          x1={Math.max(firing.from, span.from)}
          x2={Math.min(firing.to, span.to)}
          fill="var(--tila-critical)"
          fillOpacity={0.08}
          ifOverflow="hidden"
        />
      ))}
      {tailFrom !== null && (
        <ReferenceArea
          x1={tailFrom}
          x2={span.to}
          fill="url(#tila-hatch)"
          ifOverflow="hidden"
          {...(((span.to - tailFrom) / (span.to - span.from)) * width > TAIL_LABEL_PIXELS
            ? { label: { value: 'no data yet', position: 'insideTop', className: cx(classes.note) } }
            : {})}
        />
      )}
      {scale.thresholds.map(thresholdLine)}
      {shown.map((index) => {
        const { key = '', points = [] } = series[index] ?? {};
        return (
          <Line
            key={key}
            data={dotsOf(points)}
            dataKey="value"
            type="linear"
            stroke={seriesColour(index)}
            strokeDasharray={seriesDash(index)}
            strokeWidth={1.5}
            dot={false}
            activeDot={false}
            connectNulls={false}
            isAnimationActive={false}
          />
        );
      })}
    </LineChart>
  );
}

/** A line without data would draw the chart's, and the chart has none. */
function dotsOf(points: readonly Point[]): { at: number; value: number | null }[] {
  return points.map(([at, value]) => ({ at, value: value !== null && Number.isFinite(value) ? value : null }));
}

function thresholdLine({ label, value, severity }: Threshold) {
  return (
    <ReferenceLine
      key={`${label}-${value}`}
      y={value}
      ifOverflow="hidden"
      className={cx(classes[severity])}
      strokeDasharray="4 4"
      label={{ value: label, position: 'insideBottomLeft', className: cx(classes.label, classes[severity]) }}
    />
  );
}
