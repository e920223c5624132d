import type { IncidentView, SeriesEvidence, TimelineEntry } from '@tila/contract/incidents.ts';
import type { Insertable, Kysely, Selectable } from 'kysely';
import type { StateDatabase } from '../state/state-store.ts';
import { EvidenceRequest } from './evidence.ts';
import { sortTimeline } from './timeline.ts';

type Tables = {
  incident: {
    id: string;
    number: number;
    title: string;
    state: IncidentView['state'];
    severity: IncidentView['severity'];
    environment: string;
    opened_at: number;
    resolved_at: number | null;
    acknowledged_by: string | null;
    acknowledged_at: number | null;
  };
  incident_alert: {
    incident_id: string;
    fingerprint: string;
    name: string;
    labels: string;
    firing: number;
    fired_at: number;
    resolved_at: number | null;
  };
  timeline_entry: {
    id: string;
    incident_id: string;
    dedupe_key: string;
    kind: TimelineEntry['kind'];
    lane: TimelineEntry['lane'];
    entity: string | null;
    occurred_at: number;
    precision_ms: number;
    observed_at: number;
    title: string;
    body: string;
    severity: TimelineEntry['severity'];
    source: string;
    actor: string;
    evidence: string;
    evidence_request: string | null;
  };
};

/** A timeline entry to add: `dedupeKey` says what fact it is, `freeze` what evidence to capture for it. */
export interface NewEntry {
  readonly entry: TimelineEntry;
  readonly dedupeKey: string;
  readonly freeze: EvidenceRequest | null;
}

export interface EntryToFreeze {
  readonly entryId: string;
  readonly incidentId: string;
  readonly request: EvidenceRequest;
}

export interface IncidentStore {
  /** The newest incidents by number, newest first. */
  load(limit: number): Promise<readonly IncidentView[]>;
  /** One durable commit. Entries whose fact is already there are left out; returns how many were new. */
  commit(incident: IncidentView, entries: readonly NewEntry[]): Promise<number>;
  /** In timeline order. */
  timeline(incidentId: string): Promise<readonly TimelineEntry[]>;
  toFreeze(): Promise<readonly EntryToFreeze[]>;
  /** Stores evidence once; later calls change nothing. */
  freeze(entryId: string, evidence: readonly SeriesEvidence[]): Promise<void>;
}

export class SqlIncidentStore implements IncidentStore {
  readonly #database;

  constructor(database: StateDatabase) {
    this.#database = database.withTables<Tables>();
  }

  async load(limit: number): Promise<readonly IncidentView[]> {
    const rows = await this.#database.selectFrom('incident').selectAll().orderBy('number', 'desc').limit(limit).execute();
    const oldest = rows.at(-1)?.number ?? 0;
    const alerts = await this.#database
      .selectFrom('incident_alert')
      .innerJoin('incident', 'incident.id', 'incident_alert.incident_id')
      .selectAll('incident_alert')
      .where('incident.number', '>=', oldest)
      .orderBy('incident_alert.fired_at')
      .orderBy('incident_alert.fingerprint')
      .execute();
    const byIncident = Map.groupBy(alerts, (alert) => alert.incident_id);
    return rows.map((row) => toView(row, byIncident.get(row.id) ?? []));
  }

  async commit(incident: IncidentView, entries: readonly NewEntry[]): Promise<number> {
    return this.#database.transaction().execute(async (transaction) => {
      await saveIncident(transaction, incident);
      let added = 0;
      for (const entry of entries) {
        const row = entryRow(entry);
        const result = await transaction
          .insertInto('timeline_entry')
          .values(row)
          .onConflict((conflict) => conflict.doNothing())
          .executeTakeFirst();
        added += Number(result.numInsertedOrUpdatedRows ?? 0n);
      }
      return added;
    });
  }

  async timeline(incidentId: string): Promise<readonly TimelineEntry[]> {
    const rows = await this.#database.selectFrom('timeline_entry').selectAll().where('incident_id', '=', incidentId).execute();
    return sortTimeline(rows.map(toEntry));
  }

  async toFreeze(): Promise<readonly EntryToFreeze[]> {
    const rows = await this.#database
      .selectFrom('timeline_entry')
      .select(['id', 'incident_id', 'evidence_request'])
      .where('evidence_request', 'is not', null)
      .orderBy('occurred_at')
      .execute();
    return rows.map((row) => ({
      entryId: row.id,
      incidentId: row.incident_id,
      request: EvidenceRequest.parse(JSON.parse(row.evidence_request ?? '')),
    }));
  }

  async freeze(entryId: string, evidence: readonly SeriesEvidence[]): Promise<void> {
    await this.#database
      .updateTable('timeline_entry')
      .set({ evidence: JSON.stringify(evidence), evidence_request: null })
      .where('id', '=', entryId)
      .where('evidence_request', 'is not', null)
      .execute();
  }
}

async function saveIncident(transaction: Kysely<Tables>, incident: IncidentView): Promise<void> {
  const row: Insertable<Tables['incident']> = {
    id: incident.id,
    number: incident.number,
    title: incident.title,
    state: incident.state,
    severity: incident.severity,
    environment: incident.environment,
    opened_at: incident.openedAt,
    resolved_at: incident.resolvedAt,
    acknowledged_by: incident.acknowledgedBy,
    acknowledged_at: incident.acknowledgedAt,
  };
  await transaction
    .insertInto('incident')
    .values(row)
    .onConflict((conflict) => conflict.column('id').doUpdateSet(row))
    .execute();
  for (const alert of incident.alerts) {
    const alertRow: Tables['incident_alert'] = {
      incident_id: incident.id,
      fingerprint: alert.fingerprint,
      name: alert.name,
      labels: JSON.stringify(alert.labels),
      firing: alert.firing ? 1 : 0,
      fired_at: alert.firedAt,
      resolved_at: alert.resolvedAt,
    };
    await transaction.replaceInto('incident_alert').values(alertRow).execute();
  }
}

function toView(row: Selectable<Tables['incident']>, alerts: readonly Selectable<Tables['incident_alert']>[]): IncidentView {
  const members = alerts.map((alert) => ({
    fingerprint: alert.fingerprint,
    name: alert.name,
    labels: JSON.parse(alert.labels),
    firing: alert.firing === 1,
    firedAt: alert.fired_at,
    resolvedAt: alert.resolved_at,
  }));
  return {
    id: row.id,
    number: row.number,
    title: row.title,
    state: row.state,
    severity: row.severity,
    environment: row.environment,
    clusters: distinct(members.map(({ labels }) => labels.cluster)),
    services: distinct(members.map(({ labels }) => labels.service)),
    openedAt: row.opened_at,
    resolvedAt: row.resolved_at,
    acknowledgedBy: row.acknowledged_by,
    acknowledgedAt: row.acknowledged_at,
    alerts: members,
  };
}

/** Sorted, without repeats and blanks. */
export function distinct(values: readonly (string | undefined)[]): string[] {
  return [...new Set(values.filter((value) => value !== undefined && value !== ''))]
    .filter((value) => value !== undefined)
    .sort();
}

function entryRow({ entry, dedupeKey, freeze }: NewEntry): Tables['timeline_entry'] {
  return {
    id: entry.id,
    incident_id: entry.incidentId,
    dedupe_key: dedupeKey,
    kind: entry.kind,
    lane: entry.lane,
    entity: entry.entity === null ? null : JSON.stringify(entry.entity),
    occurred_at: entry.occurredAt,
    precision_ms: entry.precisionMs,
    observed_at: entry.observedAt,
    title: entry.title,
    body: entry.body,
    severity: entry.severity,
    source: entry.source,
    actor: entry.actor,
    evidence: JSON.stringify(entry.evidence),
    evidence_request: freeze === null ? null : JSON.stringify(freeze),
  };
}

function toEntry(row: Selectable<Tables['timeline_entry']>): TimelineEntry {
  return {
    id: row.id,
    incidentId: row.incident_id,
    kind: row.kind,
    lane: row.lane,
    entity: row.entity === null ? null : JSON.parse(row.entity),
    occurredAt: row.occurred_at,
    precisionMs: row.precision_ms,
    observedAt: row.observed_at,
    title: row.title,
    body: row.body,
    severity: row.severity,
    source: row.source,
    actor: row.actor,
    evidence: JSON.parse(row.evidence),
  };
}
