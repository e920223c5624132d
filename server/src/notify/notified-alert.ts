import type { Alert, AlertHealth } from '../alerts/alert.ts';
import type { Labels } from '../model/labels.ts';

/** An alert as notifications see it: firing or resolved, never pending. Times are epoch milliseconds. */
export interface NotifiedAlert {
  readonly fingerprint: string;
  readonly labels: Labels;
  readonly annotations: Readonly<Record<string, string>>;
  readonly status: 'firing' | 'resolved';
  readonly health: AlertHealth;
  readonly startsAt: number;
  readonly endsAt: number | null;
  readonly value: number;
  /** The worst value seen while firing since this process started: the lowest for a rule that compares with `<`, else the highest. */
  readonly peakValue: number;
  readonly expr: string;
  readonly ruleName: string;
}

export interface NotifiedAlertContext {
  readonly previous: NotifiedAlert | undefined;
  /** Used as the end of a resolved alert that names none. */
  readonly at: number;
  readonly isFiring: boolean;
}

export function toNotifiedAlert(alert: Alert, context: NotifiedAlertContext): NotifiedAlert {
  const { previous, isFiring } = context;
  return {
    fingerprint: alert.fingerprint,
    labels: alert.labels,
    annotations: alert.annotations,
    status: isFiring ? 'firing' : 'resolved',
    health: alert.health,
    startsAt: alert.firedAt ?? alert.activeAt,
    endsAt: isFiring ? null : (alert.resolvedAt ?? context.at),
    value: alert.value,
    peakValue: isFiring ? worst(alert, previous) : (previous?.peakValue ?? alert.value),
    expr: alert.rule.expr,
    ruleName: alert.rule.name,
  };
}

function worst(alert: Alert, previous: NotifiedAlert | undefined): number {
  const known = previous?.status === 'firing' ? previous.peakValue : Number.NaN;
  if (Number.isNaN(known) || Number.isNaN(alert.value)) {
    return Number.isNaN(alert.value) ? known : alert.value;
  }
  const prefersLow = alert.rule.expr.includes('<') && !alert.rule.expr.includes('>');
  return prefersLow ? Math.min(known, alert.value) : Math.max(known, alert.value);
}
