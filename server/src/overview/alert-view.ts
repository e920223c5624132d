import type { AlertView } from '@tila/contract/alerts.ts';
import type { Alert } from '../alerts/alert.ts';
import type { AlertStanding } from './alert-status.ts';

/** An alert as the console shows it. A value that JSON cannot carry (NaN, infinities) becomes null. */
export function toAlertView(alert: Alert, standing: AlertStanding): AlertView {
  return {
    fingerprint: alert.fingerprint,
    name: alert.rule.name,
    state: alert.state,
    health: alert.health,
    labels: alert.labels.toJSON(),
    annotations: { ...alert.annotations },
    value: Number.isFinite(alert.value) ? alert.value : null,
    activeAt: alert.activeAt,
    firedAt: alert.firedAt,
    resolvedAt: alert.resolvedAt,
    group: alert.rule.group,
    file: alert.rule.file,
    expr: alert.rule.expr,
    silencedBy: [...standing.silencedBy],
    inhibitedBy: [...standing.inhibitedBy],
    receivers: [...standing.receivers],
    incidentId: standing.incidentId,
  };
}
