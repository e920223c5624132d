import type { SeriesEvidence } from '@tila/contract/incidents.ts';
import { useState } from 'react';
import { type ChartSeries, valueRange } from '../../charts/series.ts';
import { SeriesTable } from '../../charts/series-table.tsx';
import { Sparkline } from '../../charts/sparkline.tsx';
import { TimeSeriesChart } from '../../charts/time-series-chart.tsx';
import { formatValue } from '../../charts/units.ts';
import { useZone } from '../../time/zone.tsx';
import { cx } from '../../ui/cx.ts';
import classes from './evidence.module.css';
import { thresholdOf } from './timeline-order.ts';

const SMALL = 3;

export interface EvidenceProps {
  readonly evidence: SeriesEvidence;
}

function toSeries({ series }: SeriesEvidence): ChartSeries[] {
  return series.map(({ labels, points }) => {
    const key = Object.entries(labels)
      .filter(([name]) => !['environment', 'cluster', 'service', 'alertname'].includes(name))
      .map(([name, value]) => `${name}=${value}`)
      .join(' ');
    return { key: JSON.stringify(labels), name: key === '' ? 'value' : key, points };
  });
}

/** The frozen copy of a series around an entry: a small line, on demand a chart and the numbers. */
export function Evidence({ evidence }: EvidenceProps) {
  const [open, setOpen] = useState(false);
  const series = toSeries(evidence);
  const threshold = thresholdOf(evidence.query);
  const scale = valueRange(series);
  return (
    <div className={cx(classes.evidence)}>
      <div className={cx(classes.head)}>
        <code className={cx(classes.query)}>{evidence.query}</code>
        <button type="button" aria-expanded={open} onClick={() => setOpen(!open)}>
          {open ? 'Hide evidence' : 'Show evidence'}
        </button>
      </div>
      {!open &&
        series.slice(0, SMALL).map(({ key, name, points }) => (
          <div key={key} className={cx(classes.small)}>
            <Sparkline points={points} scale={scale} height={36} {...(threshold === null ? {} : { threshold })} />
            <span>
              {name}: {formatValue(points.findLast(([, value]) => value !== null)?.[1] ?? null, 'short')}
              {threshold !== null && ` · threshold ${formatValue(threshold, 'short')}`}
            </span>
          </div>
        ))}
      {open && <OpenEvidence evidence={evidence} series={series} threshold={threshold} />}
    </div>
  );
}

interface OpenEvidenceProps {
  readonly evidence: SeriesEvidence;
  readonly series: readonly ChartSeries[];
  readonly threshold: number | null;
}

function OpenEvidence({ evidence, series, threshold }: OpenEvidenceProps) {
  const zone = useZone();
  const thresholds =
    threshold === null ? [] : [{ value: threshold, label: `threshold ${threshold}`, severity: 'critical' as const }];
  return (
    <>
      <TimeSeriesChart
        title="Evidence"
        series={series}
        shown={series.map((_, index) => index)}
        scale={{ unit: 'short', thresholds }}
        span={{ from: evidence.fromAt, to: evidence.toAt }}
        stepMs={evidence.stepMs}
        firing={[]}
        formatTime={zone.full}
        formatTick={zone.tick}
        zoneOffsetMs={zone.offsetMs(evidence.toAt)}
        onZoom={() => {}}
        onZoomOut={() => {}}
      />
      <SeriesTable title="Evidence" series={series} unit="short" formatTime={zone.full} />
      <p className={cx(classes.seal)}>Frozen when it happened · sha256 {evidence.sha256.slice(0, 12)}</p>
    </>
  );
}
