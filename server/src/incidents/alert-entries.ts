import type { IncidentView } from '@tila/contract/incidents.ts';
import type { Alert, AlertChange } from '../alerts/alert.ts';
import { entityOf } from './correlation.ts';
import { type EvidenceRequest, evidenceWindow } from './evidence.ts';
import type { NewEntry } from './incident-store.ts';
import { type EntryDraft, newEntry } from './timeline.ts';

const BEFORE_MS = 30 * 60_000;

/** Severity as the label says it; anything but critical and warning is info. */
export function severityOf(severity: string | undefined): IncidentView['severity'] {
  return severity === 'critical' || severity === 'warning' ? severity : 'info';
}

/** Entries for an alert that fires: its onset (when it was pending first) and the firing itself. */
export function firingEntries(incidentId: string, { alert, at, observedAt }: AlertChange): readonly NewEntry[] {
  const firing = newEntry({
    ...draft(incidentId, alert, observedAt),
    kind: 'alert.firing',
    occurredAt: at,
    title: `${nameOf(alert)} fires`,
    freeze: freezeBefore(alert, at),
  });
  if (alert.activeAt >= at) {
    return [firing];
  }
  const title = `${nameOf(alert)}: the condition became true`;
  const onset = { ...draft(incidentId, alert, observedAt), kind: 'alert.pending', occurredAt: alert.activeAt, title } as const;
  return [newEntry({ ...onset, freeze: freezeBefore(alert, alert.activeAt) }), firing];
}

/** The entry for an alert that is over, with the whole span as evidence. */
export function resolvedEntry(incidentId: string, { alert, to, at, observedAt }: AlertChange): NewEntry {
  const window = evidenceWindow({ fromAt: alert.activeAt - BEFORE_MS, toAt: at }, alert.rule.intervalMs);
  const title = to === 'resolved' ? `${nameOf(alert)} resolved` : `${nameOf(alert)} was dropped by its rule`;
  const freeze = { expr: alert.rule.expr, labels: alert.labels.toJSON(), ...window };
  return newEntry({
    ...draft(incidentId, alert, observedAt),
    kind: 'alert.resolved',
    occurredAt: at,
    title,
    severity: 'info',
    freeze,
  });
}

/** The entry for an alert that came to an incident which was open already. */
export function joinedEntry(incidentId: string, { alert, at, observedAt }: AlertChange): NewEntry {
  const title = `${nameOf(alert)} joined this incident`;
  return newEntry({ ...draft(incidentId, alert, observedAt), kind: 'alert.joined', occurredAt: at, title, precisionMs: 0 });
}

function draft(incidentId: string, alert: Alert, observedAt: number): Omit<EntryDraft, 'kind' | 'occurredAt' | 'title'> {
  const { summary, description, runbook_url: runbook } = alert.annotations;
  return {
    incidentId,
    lane: 'alert',
    observedAt,
    fact: alert.fingerprint,
    entity: entityOf(alert.labels.toJSON()),
    precisionMs: Math.round(alert.rule.intervalMs / 2),
    severity: severityOf(alert.labels.get('severity')),
    source: `${alert.rule.file} ${alert.rule.group}`,
    body: [summary, description, runbook === undefined ? undefined : `Runbook: ${runbook}`]
      .filter((line) => line !== undefined && line !== '')
      .join('\n'),
  };
}

function freezeBefore(alert: Alert, at: number): EvidenceRequest {
  const window = evidenceWindow({ fromAt: at - BEFORE_MS, toAt: at }, alert.rule.intervalMs);
  return { expr: alert.rule.expr, labels: alert.labels.toJSON(), ...window };
}

function nameOf(alert: Alert): string {
  const entity = entityOf(alert.labels.toJSON());
  const place = [entity?.environment, entity?.service ?? entity?.cluster]
    .filter((part) => part !== undefined && part !== '')
    .join('/');
  return `${alert.labels.get('alertname')}${place === '' ? '' : ` (${place})`}`;
}
