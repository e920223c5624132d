import type { IncidentView } from '@tila/contract/incidents.ts';
import type { AlertChange } from '../alerts/alert.ts';
import { firingEntries, joinedEntry, resolvedEntry, severityOf } from './alert-entries.ts';
import { correlate } from './correlation.ts';
import { distinct, type NewEntry } from './incident-store.ts';
import { newEntry, stableId } from './timeline.ts';

/** An incident as it is after something happened, with the entries that tell it. */
export interface IncidentUpdate {
  readonly incident: IncidentView;
  readonly entries: readonly NewEntry[];
}

/** What an alert that begins to fire does to the incidents; null when it is known already. Pure. */
export function applyFiring(incidents: readonly IncidentView[], change: AlertChange): IncidentUpdate | null {
  const { alert, at } = change;
  const labels = alert.labels.toJSON();
  const found = correlate(incidents, { fingerprint: alert.fingerprint, labels, firedAt: at });
  if (found.kind === 'open') {
    return openIncident(incidents, change);
  }
  const known = found.incident.alerts.find(({ fingerprint }) => fingerprint === alert.fingerprint);
  if (known !== undefined && known.firedAt >= at) {
    return null;
  }
  const member = {
    fingerprint: alert.fingerprint,
    name: alert.labels.get('alertname'),
    labels,
    firing: true,
    firedAt: at,
    resolvedAt: null,
  };
  const incident = describe({ ...found.incident, alerts: [...found.incident.alerts.filter((one) => one !== known), member] });
  const entries = [...firingEntries(incident.id, change), ...(known === undefined ? [joinedEntry(incident.id, change)] : [])];
  if (found.kind === 'join') {
    return { incident, entries };
  }
  const reopened = newEntry({
    incidentId: incident.id,
    kind: 'incident.reopened',
    lane: 'alert',
    fact: '',
    occurredAt: at,
    observedAt: change.observedAt,
    title: `Incident reopened: ${member.name} fires again`,
    severity: incident.severity,
  });
  return {
    incident: { ...incident, state: 'open', resolvedAt: null, acknowledgedBy: null, acknowledgedAt: null },
    entries: [reopened, ...entries],
  };
}

function openIncident(incidents: readonly IncidentView[], change: AlertChange): IncidentUpdate | null {
  const { alert, at, observedAt } = change;
  const id = stableId(`incident ${alert.fingerprint} ${at}`);
  if (incidents.some((incident) => incident.id === id)) {
    return null;
  }
  const labels = alert.labels.toJSON();
  const name = alert.labels.get('alertname');
  const place = [labels.environment, labels.service ?? labels.cluster]
    .filter((part) => part !== undefined && part !== '')
    .join('/');
  const incident = describe({
    id,
    number: Math.max(0, ...incidents.map((known) => known.number)) + 1,
    title: place === '' ? name : `${name} in ${place}`,
    state: 'open',
    severity: 'info',
    environment: labels.environment ?? '',
    clusters: [],
    services: [],
    openedAt: at,
    resolvedAt: null,
    acknowledgedBy: null,
    acknowledgedAt: null,
    alerts: [{ fingerprint: alert.fingerprint, name, labels, firing: true, firedAt: at, resolvedAt: null }],
  });
  const opened = newEntry({
    incidentId: id,
    kind: 'incident.opened',
    lane: 'alert',
    fact: '',
    occurredAt: at,
    observedAt,
    title: `Incident opened: ${incident.title}`,
    severity: incident.severity,
  });
  return { incident, entries: [opened, ...firingEntries(id, change)] };
}

/** What the end of an alert does to the incident it is in; null when no open incident has it firing. Pure. */
export function applyResolved(incidents: readonly IncidentView[], change: AlertChange): IncidentUpdate | null {
  const { alert, at, observedAt } = change;
  const isIt = (one: IncidentView['alerts'][number]): boolean =>
    one.fingerprint === alert.fingerprint && one.firing && one.firedAt <= at;
  const found = incidents.find((incident) => incident.state !== 'resolved' && incident.alerts.some(isIt));
  if (found === undefined) {
    return null;
  }
  const alerts = found.alerts.map((one) => (isIt(one) ? { ...one, firing: false, resolvedAt: at } : one));
  const entries = [resolvedEntry(found.id, change)];
  if (alerts.some((one) => one.firing)) {
    return { incident: { ...found, alerts }, entries };
  }
  const title = 'Incident resolved: its last alert resolved';
  const resolved = newEntry({
    incidentId: found.id,
    kind: 'incident.resolved',
    lane: 'alert',
    fact: '',
    occurredAt: at,
    observedAt,
    title,
  });
  return { incident: { ...found, alerts, state: 'resolved', resolvedAt: at }, entries: [...entries, resolved] };
}

const RANK: Readonly<Record<IncidentView['severity'], number>> = { critical: 2, warning: 1, info: 0 };

/** Fills in what follows from the alerts: order, severity (the worst there ever was), clusters and services. */
function describe(incident: IncidentView): IncidentView {
  const alerts = incident.alerts.toSorted(
    (a, b) => a.firedAt - b.firedAt || Number(a.fingerprint > b.fingerprint) - Number(a.fingerprint < b.fingerprint),
  );
  const severities = alerts.map(({ labels }) => severityOf(labels.severity));
  return {
    ...incident,
    alerts,
    severity: severities.toSorted((a, b) => RANK[b] - RANK[a])[0] ?? 'info',
    clusters: distinct(alerts.map(({ labels }) => labels.cluster)),
    services: distinct(alerts.map(({ labels }) => labels.service)),
  };
}
