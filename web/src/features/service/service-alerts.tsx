import type { AlertView } from '@tila/contract/alerts.ts';
import { Link } from 'react-router';
import { Since } from '../../time/times.tsx';
import { cx } from '../../ui/cx.ts';
import { SeverityMark } from '../../ui/severity-mark.tsx';
import classes from './service-alerts.module.css';

export interface ServiceAlertsProps {
  readonly alerts: readonly AlertView[];
}

/** What is firing or pending on a service, each with its incident. */
export function ServiceAlerts({ alerts }: ServiceAlertsProps) {
  const active = alerts.filter(({ state }) => state !== 'resolved');
  if (active.length === 0) {
    return null;
  }
  return (
    <ul className={cx(classes.alerts)} aria-label="Alerts of this service">
      {active.map((alert) => (
        <li
          key={alert.fingerprint}
          className={cx(classes.alert, classes[alert.state], alert.labels.severity === 'critical' && classes.critical)}
        >
          <strong className={cx(classes.state)}>{alert.state}</strong>
          <SeverityMark severity={alert.labels.severity ?? ''} />
          {alert.silencedBy.length > 0 && <span className={cx(classes.overlay)}>▽ silenced</span>}
          {alert.inhibitedBy.length > 0 && <span className={cx(classes.overlay)}>inhibited</span>}
          <span className={cx(classes.summary)}>
            <strong>{alert.name}</strong> {alert.annotations.summary}
          </span>
          <span className={cx(classes.since)}>
            <Since at={alert.firedAt ?? alert.activeAt} />
          </span>
          {alert.incidentId !== null && (
            <Link to={`/incidents/${encodeURIComponent(alert.incidentId)}`} className={cx(classes.link)}>
              Incident
            </Link>
          )}
        </li>
      ))}
    </ul>
  );
}
