import type { Entity, IncidentView } from '@tila/contract/incidents.ts';
import type { LabelSet } from '@tila/contract/labels.ts';

/** How long after its end an incident opens again when one of its alerts fires again. */
export const REOPEN_WITHIN_MS = 30 * 60_000;

/** What an alert is about, from its labels; null without an environment. */
export function entityOf(labels: LabelSet): Entity | null {
  const { environment, cluster, service } = labels;
  if (environment === undefined || environment === '') {
    return null;
  }
  return { environment, ...(cluster === undefined ? {} : { cluster }), ...(service === undefined ? {} : { service }) };
}

export interface Candidate {
  readonly fingerprint: string;
  readonly labels: LabelSet;
  readonly firedAt: number;
}

export type Correlation = { readonly kind: 'join' | 'reopen'; readonly incident: IncidentView } | { readonly kind: 'open' };

/**
 * Where a firing alert belongs: the open incident that has it, else one of the same environment and service, else of the
 * same environment and cluster (alerts without environment: of the same alert name), else one that ended less than 30
 * minutes ago and had it. Among several the oldest. Depends on the incidents only, not on their order.
 */
export function correlate(incidents: readonly IncidentView[], alert: Candidate): Correlation {
  const oldestFirst = incidents.toSorted((a, b) => a.openedAt - b.openedAt || a.number - b.number);
  const open = oldestFirst.filter((incident) => incident.state !== 'resolved');
  const found = MATCHERS.map((matches) => open.find((incident) => matches(incident, alert))).find(
    (incident) => incident !== undefined,
  );
  if (found !== undefined) {
    return { kind: 'join', incident: found };
  }
  const ended = oldestFirst.findLast((incident) => hasAlert(incident, alert) && endedShortlyBefore(incident, alert.firedAt));
  return ended === undefined ? { kind: 'open' } : { kind: 'reopen', incident: ended };
}

type Matches = (incident: IncidentView, alert: Candidate) => boolean;

const hasAlert: Matches = (incident, alert) => incident.alerts.some(({ fingerprint }) => fingerprint === alert.fingerprint);

const sharesService: Matches = (incident, { labels }) =>
  incident.environment !== '' && incident.environment === labels.environment && incident.services.includes(labels.service ?? '');

const sharesCluster: Matches = (incident, { labels }) =>
  incident.environment !== '' && incident.environment === labels.environment && incident.clusters.includes(labels.cluster ?? '');

const sharesName: Matches = (incident, { labels }) =>
  incident.environment === '' &&
  (labels.environment ?? '') === '' &&
  incident.alerts.some(({ name }) => name === labels.alertname);

const MATCHERS: readonly Matches[] = [hasAlert, sharesService, sharesCluster, sharesName];

function endedShortlyBefore(incident: IncidentView, at: number): boolean {
  return incident.resolvedAt !== null && at - incident.resolvedAt < REOPEN_WITHIN_MS;
}
