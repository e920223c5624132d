import type { SeriesEvidence } from '@tila/contract/incidents.ts';
import { useState } from 'react';
import { type ChartSeries, valueRange } from '../../charts/series.ts';
import { SeriesTable } from '../../charts/series-table.tsx';
import { Sparkline } from '../../charts/sparkline.tsx';
import { TimeSeriesChart } from '../../charts/time-series-chart.tsx';
import { formatValue, unitOfQuery } from '../../charts/units.ts';
import { useZone } from '../../time/zone.tsx';
import { cx } from '../../ui/cx.ts';
import classes from './evidence.module.css';
import { type Threshold, thresholdOf } from './timeline-order.ts';

const SMALL = 3;

export interface EvidenceProps {
  /** An entry's evidence: the rule's expression first, and what it measures last. Not empty. */
  readonly evidence: readonly [SeriesEvidence, ...SeriesEvidence[]];
}

interface Seen {
  readonly rule: string;
  readonly measured: SeriesEvidence;
  readonly series: readonly ChartSeries[];
  readonly unit: ReturnType<typeof unitOfQuery>;
  readonly threshold: Threshold | null;
}

/** The measured side is what there is to see: the rule's own expression has points only while it holds. */
function look(evidence: EvidenceProps['evidence']): Seen {
  const rule = evidence[0].query;
  const measured = evidence.at(-1) ?? evidence[0];
  return {
    rule,
    measured,
    series: toSeries(measured),
    unit: unitOfQuery(measured.query),
    threshold: thresholdOf(rule, measured.query),
  };
}

const TOLD_ELSEWHERE = ['environment', 'cluster', 'service', 'alertname', '__name__'];

function toSeries({ series }: SeriesEvidence): ChartSeries[] {
  return series.map(({ labels, points }) => {
    const name = Object.entries(labels)
      .filter(([label]) => !TOLD_ELSEWHERE.includes(label))
      .map(([label, value]) => `${label}=${value}`)
      .join(' ');
    return { key: JSON.stringify(labels), name: name === '' ? 'value' : name, points };
  });
}

/** The frozen copy of a series around an entry: a small line, on demand a chart and the numbers. */
export function Evidence({ evidence }: EvidenceProps) {
  const [open, setOpen] = useState(false);
  const seen = look(evidence);
  return (
    <div className={cx(classes.evidence)}>
      <div className={cx(classes.head)}>
        <code className={cx(classes.query)}>{seen.rule}</code>
        <button type="button" aria-expanded={open} onClick={() => setOpen(!open)}>
          {open ? 'Hide evidence' : 'Show evidence'}
        </button>
      </div>
      {open ? <OpenEvidence {...seen} seals={evidence.map(({ sha256 }) => sha256)} /> : <SmallEvidence {...seen} />}
    </div>
  );
}

function SmallEvidence({ series, threshold, unit }: Seen) {
  const scale = valueRange(series);
  const limit = threshold === null ? '' : ` · threshold ${formatValue(threshold.value, unit)}`;
  return (
    <>
      {series.length === 0 && <p className={cx(classes.seal)}>No series then.</p>}
      {series.slice(0, SMALL).map(({ key, name, points }) => (
        <div key={key} className={cx(classes.small)}>
          <Sparkline points={points} scale={scale} height={36} {...(threshold === null ? {} : { threshold: threshold.value })} />
          <span>
            {name}: {formatValue(points.findLast(([, value]) => value !== null)?.[1] ?? null, unit)}
            {limit}
          </span>
        </div>
      ))}
      {series.length > SMALL && <p className={cx(classes.seal)}>and {series.length - SMALL} more series</p>}
    </>
  );
}

interface OpenEvidenceProps extends Seen {
  readonly seals: readonly string[];
}

function OpenEvidence({ measured, series, unit, threshold, seals }: OpenEvidenceProps) {
  const zone = useZone();
  const thresholds =
    threshold === null
      ? []
      : [
          {
            value: threshold.value,
            label: `${threshold.operator} ${formatValue(threshold.value, unit)}`,
            severity: 'critical' as const,
          },
        ];
  return (
    <>
      <TimeSeriesChart
        title="Evidence"
        series={series}
        shown={series.map((_, index) => index)}
        scale={{ unit, thresholds }}
        span={{ from: measured.fromAt, to: measured.toAt }}
        stepMs={measured.stepMs}
        firing={[]}
        formatTime={zone.full}
        formatTick={zone.tick}
        zoneOffsetMs={zone.offsetMs(measured.toAt)}
        onZoom={() => {}}
        onZoomOut={() => {}}
      />
      <details className={cx(classes.numbers)}>
        <summary>Numbers</summary>
        <SeriesTable title="Evidence" series={series} unit={unit} formatTime={zone.full} />
      </details>
      <p className={cx(classes.seal)}>Frozen when it happened · sha256 {seals.map((sha256) => sha256.slice(0, 12)).join(', ')}</p>
    </>
  );
}
