import type { PanelSeries } from '@tila/contract/feed.ts';
import { memo, useMemo, useState } from 'react';
import type { Span } from '../../charts/axis.ts';
import { Legend } from '../../charts/legend.tsx';
import type { ChartSeries } from '../../charts/series.ts';
import { SeriesTable } from '../../charts/series-table.tsx';
import { TimeSeriesChart } from '../../charts/time-series-chart.tsx';
import { useZone } from '../../time/zone.tsx';
import { cx } from '../../ui/cx.ts';
import { formatStep } from '../../ui/duration.ts';
import { Loading } from '../../ui/view-state.tsx';
import { type PlannedPanel, seriesName } from './entity.ts';
import classes from './panel-card.module.css';

export interface PanelCardProps {
  readonly planned: PlannedPanel;
  /** By expression, in the panel's order; undefined where nothing has come yet. */
  readonly answers: readonly (readonly PanelSeries[] | undefined)[];
  readonly error: string | null;
  readonly span: Span;
  /** Between evaluations. */
  readonly stepMs: number;
  readonly firing: readonly Span[];
  readonly onZoom: (span: Span) => void;
  readonly onZoomOut: () => void;
}

function toSeries({ panel }: PlannedPanel, answers: PanelCardProps['answers']): ChartSeries[] {
  return answers.flatMap((series = [], query) =>
    series.map(({ labels, points }) => ({
      key: `${query}:${JSON.stringify(labels)}`,
      name: seriesName(panel.queries[query]?.legend ?? '', labels),
      points,
    })),
  );
}

function sameAnswers(a: PanelCardProps, b: PanelCardProps): boolean {
  const { answers: before, ...restBefore } = a;
  const { answers: after, ...restAfter } = b;
  const sameRest = Object.entries(restBefore).every(([name, value]) =>
    Object.is(value, new Map(Object.entries(restAfter)).get(name)),
  );
  return sameRest && before.length === after.length && before.every((answer, index) => answer === after[index]);
}

/** One panel: title, resolution, chart or table, legend. Renders only when its own data or span changes. */
export const PanelCard = memo(function PanelCard(props: PanelCardProps) {
  const { planned, answers, span, error, stepMs } = props;
  const { panel } = planned;
  const zone = useZone();
  const [asTable, setAsTable] = useState(false);
  const [isolated, setIsolated] = useState<string | null>(null);
  const series = useMemo(() => toSeries(planned, answers), [planned, answers]);
  const only = series.findIndex(({ key }) => key === isolated);
  const shown = useMemo(() => (only === -1 ? series.map((_, index) => index) : [only]), [series, only]);
  const scale = useMemo(() => ({ unit: panel.unit, thresholds: panel.thresholds, min: panel.min, max: panel.max }), [panel]);
  const loading = answers.some((answer) => answer === undefined) && error === null;
  return (
    <section className={cx(classes.card)} aria-label={panel.title}>
      <header className={cx(classes.head)}>
        <h2 title={panel.description}>{panel.title}</h2>
        <span className={cx(classes.step)} title="How often the expression is evaluated. No extreme is left out of the picture.">
          every {formatStep(stepMs)}
        </span>
        <button type="button" className={cx(classes.toggle)} aria-pressed={asTable} onClick={() => setAsTable(!asTable)}>
          {asTable ? 'View as chart' : 'View as table'}
          <span className="tila-visually-hidden"> of {panel.title}</span>
        </button>
      </header>
      {error !== null && <p className={cx(classes.error)}>{error}</p>}
      {loading && <Loading what={panel.title} rows={3} />}
      {!loading && asTable && <SeriesTable title={panel.title} series={series} unit={panel.unit} formatTime={zone.full} />}
      {!loading && !asTable && !(error !== null && series.length === 0) && (
        <TimeSeriesChart
          title={panel.title}
          series={series}
          shown={shown}
          scale={scale}
          span={span}
          stepMs={stepMs}
          firing={props.firing}
          formatTime={zone.full}
          formatTick={zone.tick}
          zoneOffsetMs={zone.offsetMs(span.to)}
          onZoom={props.onZoom}
          onZoomOut={props.onZoomOut}
        />
      )}
      {!loading && series.length === 0 && error === null && (
        <p className={cx(classes.none)}>No series in this range. Widen the range, or check that a source delivers this metric.</p>
      )}
      <Legend series={series} isolated={only === -1 ? null : isolated} onIsolate={setIsolated} />
    </section>
  );
}, sameAnswers);
