import { Button } from '@mantine/core';
import type { AlertView } from '@tila/contract/alerts.ts';
import { memo, useState } from 'react';
import { Link } from 'react-router';
import { fixedRange } from '../../time/range.ts';
import { Instant, Since } from '../../time/times.tsx';
import { cx } from '../../ui/cx.ts';
import { Labels } from '../../ui/labels.tsx';
import { SeverityMark } from '../../ui/severity-mark.tsx';
import { webUrl } from '../../ui/web-url.ts';
import { AlertHistory } from './alert-history.tsx';
import { formatNumber } from './alert-number.ts';
import classes from './alert-row.module.css';

const AROUND_MS = 3_600_000;
const SHOWN_ELSEWHERE = ['alertname', 'severity', 'environment', 'cluster', 'service'];

export interface AlertRowProps {
  readonly alert: AlertView;
  /** Absent for those who may not silence. */
  readonly onSilence?: ((alert: AlertView) => void) | undefined;
}

function overlays(alert: AlertView): string[] {
  return [
    ...(alert.silencedBy.length > 0 ? ['▽ silenced'] : []),
    ...(alert.inhibitedBy.length > 0 ? ['inhibited'] : []),
    ...(alert.health === 'ok' ? [] : [alert.health === 'stale' ? '◔ stale: last state known' : 'rule error']),
  ];
}

/** The service page an hour around the firing, frozen; null when the alert names no service. */
function servicePath({ labels, firedAt, activeAt }: AlertView): string | null {
  const { environment, cluster, service } = labels;
  if (environment === undefined || cluster === undefined || service === undefined) {
    return null;
  }
  const at = firedAt ?? activeAt;
  const range = new URLSearchParams({ ...fixedRange({ from: at - AROUND_MS, to: Math.min(at + AROUND_MS, Date.now()) }) });
  return `/service/${[environment, cluster, service].map(encodeURIComponent).join('/')}?${range}`;
}

/** One alert instance: what, where, since when, how bad, who is told, and what to do. */
export const AlertRow = memo(function AlertRow({ alert, onSilence }: AlertRowProps) {
  const runbook = webUrl(alert.annotations.runbook_url);
  const service = servicePath(alert);
  const marks = overlays(alert);
  const where = [alert.labels.service, alert.labels.cluster, alert.labels.environment].filter(Boolean).join(' · ');
  return (
    <article
      className={cx(
        classes.row,
        classes[alert.state],
        alert.labels.severity === 'critical' && classes.critical,
        marks.length > 0 && classes.quiet,
      )}
      aria-label={`${alert.name} ${alert.state}`}
    >
      <div className={cx(classes.head)}>
        <h3>{alert.name}</h3>
        <SeverityMark severity={alert.labels.severity ?? ''} />
        {marks.map((mark) => (
          <span key={mark} className={cx(classes.overlay)}>
            {mark}
          </span>
        ))}
        <span className={cx(classes.since)}>
          {alert.resolvedAt === null ? <Since at={alert.firedAt ?? alert.activeAt} /> : <Instant at={alert.resolvedAt} />}
        </span>
      </div>
      {alert.annotations.summary !== undefined && <p className={cx(classes.summary)}>{alert.annotations.summary}</p>}
      <div className={cx(classes.facts)}>
        {where !== '' && <span>{where}</span>}
        <Labels labels={alert.labels} without={SHOWN_ELSEWHERE} limit={3} />
      </div>
      <div className={cx(classes.actions)}>
        <span className={cx(classes.links)}>
          {service !== null && <Link to={service}>Service at that time</Link>}
          {alert.incidentId !== null && <Link to={`/incidents/${encodeURIComponent(alert.incidentId)}`}>Incident</Link>}
          {runbook !== null && (
            <a href={runbook} target="_blank" rel="noreferrer">
              Runbook ↗
            </a>
          )}
        </span>
        <RuleDetails alert={alert} />
        {onSilence !== undefined && alert.state !== 'resolved' && (
          <Button size="compact-xs" variant="default" onClick={() => onSilence(alert)} aria-label={`Silence ${alert.name}`}>
            Silence
          </Button>
        )}
      </div>
    </article>
  );
});

interface RuleDetailsProps {
  readonly alert: AlertView;
}

/** Folded away: the rule's expression and its value, who is told, and the alert's past. */
function RuleDetails({ alert }: RuleDetailsProps) {
  const [open, setOpen] = useState(false);
  return (
    <details className={cx(classes.rule)} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>Rule and history</summary>
      <p>
        Value {formatNumber(alert.value)} of <code>{alert.expr}</code>
      </p>
      <p>
        <Link to={`/rules?${new URLSearchParams({ q: alert.name })}`} className={cx(classes.link)}>
          {alert.group}
        </Link>{' '}
        in {alert.file} · to {alert.receivers.join(', ') || 'no receiver'}
      </p>
      {alert.annotations.description !== undefined && <p>{alert.annotations.description}</p>}
      {open && <AlertHistory fingerprint={alert.fingerprint} />}
    </details>
  );
}
