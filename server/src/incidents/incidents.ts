import type { IncidentDetail, IncidentView, PostableNote } from '@tila/contract/incidents.ts';
import type { AlertChange, AlertFeed } from '../alerts/alert.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Logger } from '../runtime/logger.ts';
import { type EvidenceReader, freezeEvidence } from './evidence.ts';
import { applyFiring, applyResolved, type IncidentUpdate } from './incident-changes.ts';
import type { EntryToFreeze, IncidentStore, NewEntry } from './incident-store.ts';
import { type EntryDraft, newEntry, stableId } from './timeline.ts';

export interface IncidentsDeps {
  readonly clock: Clock;
  readonly log: Logger;
  readonly store: IncidentStore;
  readonly evidence: EvidenceReader;
  readonly alerts: AlertFeed & {
    history(query: { readonly fromMs: number; readonly toMs: number; readonly limit: number }): Promise<readonly AlertChange[]>;
  };
}

/** One step of a notification, as notify tells it. */
export interface DeliveryRecord {
  readonly deliveryId: string;
  readonly attempt: number;
  readonly outcome: 'sent' | 'retried' | 'failed' | 'suppressed';
  readonly receiver: string;
  readonly integration: string;
  readonly fingerprints: readonly string[];
  readonly title: string;
  readonly detail: string;
  readonly at: number;
}

/** A source that fell silent, or speaks again. */
export interface SourceGapRecord {
  readonly source: string;
  readonly kind: 'started' | 'ended';
  /** When the data stops or goes on, by the source's clock. */
  readonly at: number;
  readonly precisionMs: number;
}

/** `version` rises with everything that changes an incident or its timeline. */
export type IncidentListener = (change: { readonly incident: IncidentView; readonly version: number }) => void;

const KEPT = 500;
const CATCH_UP_MS = 24 * 3_600_000;
const CATCH_UP_LIMIT = 10_000;
const EVIDENCE_TRIES = 3;
const EVIDENCE_RETRY_MS = 5000;

export class IncidentNotFoundError extends Error {
  override readonly name = 'IncidentNotFoundError';

  constructor(id: string) {
    super(`incident ${id} does not exist`);
  }
}

/**
 * Incidents and their timelines, derived from alert transitions. Everything is keyed by what happened, so after a crash
 * `start` goes over the last day's transitions again and adds only what is missing. Work is done one piece at a time.
 */
export class Incidents {
  readonly #deps: IncidentsDeps;
  readonly #incidents = new Map<string, IncidentView>();
  readonly #listeners = new Set<IncidentListener>();
  readonly #gaps = new Map<string, SourceGapRecord>();
  #version: number;
  #work: Promise<unknown> = Promise.resolve();
  #freezing: Promise<unknown> = Promise.resolve();
  #unsubscribe: () => void = () => {};

  constructor(deps: IncidentsDeps) {
    this.#deps = deps;
    this.#version = deps.clock.now();
  }

  /** Loads, catches up with the alert history, notes the restart in what is open, and follows the alerts from then on. */
  async start(): Promise<void> {
    const queued: AlertChange[] = [];
    let isCaughtUp = false;
    const { unsubscribe } = this.#deps.alerts.subscribe((change) => {
      if (isCaughtUp) {
        this.#follow(change);
      } else {
        queued.push(change);
      }
    });
    this.#unsubscribe = unsubscribe;
    await this.#catchUp();
    isCaughtUp = true;
    for (const change of queued) {
      this.#follow(change);
    }
    for (const waiting of await this.#deps.store.toFreeze()) {
      this.#freezeLater(waiting);
    }
  }

  /** Resolves when work under way has ended. */
  async stop(): Promise<void> {
    this.#unsubscribe();
    this.#listeners.clear();
    await this.settled();
  }

  /** Resolves when everything told so far is stored and frozen. */
  async settled(): Promise<void> {
    await this.#work;
    await this.#freezing;
  }

  /** The newest 500, newest first. */
  list(): readonly IncidentView[] {
    return [...this.#incidents.values()].sort((a, b) => b.number - a.number);
  }

  /** The incident that an alert is in now, or was in last. */
  incidentOf(fingerprint: string): IncidentView | undefined {
    const having = this.list().filter((incident) => incident.alerts.some((alert) => alert.fingerprint === fingerprint));
    return having.find((incident) => incident.state !== 'resolved') ?? having[0];
  }

  /** @throws IncidentNotFoundError */
  async get(id: string): Promise<IncidentDetail> {
    const incident = this.#require(id);
    return { incident, timeline: [...(await this.#deps.store.timeline(id))] };
  }

  subscribe(listener: IncidentListener): { readonly snapshot: readonly IncidentView[]; readonly unsubscribe: () => void } {
    this.#listeners.add(listener);
    return { snapshot: this.list(), unsubscribe: () => this.#listeners.delete(listener) };
  }

  /** Adds what a person writes. @throws IncidentNotFoundError */
  addNote(id: string, note: PostableNote, user: string): Promise<void> {
    return this.#enqueue(async () => {
      const now = this.#deps.clock.now();
      const [title = '', ...rest] = note.text.split('\n');
      const occurredAt = note.occurredAt ?? now;
      const fact = stableId(JSON.stringify([user, note.text, now]));
      const draft = { incidentId: id, lane: 'human', actor: user, source: 'console', observedAt: now } as const;
      const entry = newEntry({
        ...draft,
        kind: note.kind,
        occurredAt,
        title: title.slice(0, 500),
        body: rest.join('\n').trim(),
        fact,
      });
      await this.#commit({ incident: this.#require(id), entries: [entry] });
    });
  }

  /** Marks an open incident as somebody's. Acknowledging twice changes nothing. @throws IncidentNotFoundError */
  acknowledge(id: string, user: string): Promise<void> {
    return this.#enqueue(async () => {
      const incident = this.#require(id);
      if (incident.state !== 'open') {
        return;
      }
      const now = this.#deps.clock.now();
      const title = `Acknowledged by ${user}`;
      const draft = { incidentId: id, lane: 'human', actor: user, source: 'console', occurredAt: now, observedAt: now } as const;
      const entry = newEntry({ ...draft, kind: 'incident.acknowledged', title, fact: user });
      await this.#commit({
        incident: { ...incident, state: 'acknowledged', acknowledgedBy: user, acknowledgedAt: now },
        entries: [entry],
      });
    });
  }

  /** Notes a delivery in every incident that has one of its alerts. */
  recordDelivery(record: DeliveryRecord): Promise<void> {
    return this.#enqueue(async () => {
      const ids = new Set(
        record.fingerprints.map((fingerprint) => this.incidentOf(fingerprint)?.id).filter((id) => id !== undefined),
      );
      for (const id of ids) {
        await this.#commit({
          incident: this.#require(id),
          entries: [newEntry(deliveryDraft(id, record, this.#deps.clock.now()))],
        });
      }
    });
  }

  /** Notes in every open incident that a source fell silent or came back; a silence that lasts is noted in later ones too. */
  recordSourceGap(gap: SourceGapRecord): Promise<void> {
    return this.#enqueue(async () => {
      if (gap.kind === 'started') {
        this.#gaps.set(gap.source, gap);
      } else {
        this.#gaps.delete(gap.source);
      }
      for (const incident of this.#open()) {
        await this.#commit({ incident, entries: [newEntry(gapDraft(incident.id, gap, this.#deps.clock.now()))] });
      }
    });
  }

  async #catchUp(): Promise<void> {
    for (const incident of await this.#deps.store.load(KEPT)) {
      this.#incidents.set(incident.id, incident);
    }
    const now = this.#deps.clock.now();
    const openBefore = this.#open();
    const missed = await this.#deps.alerts.history({ fromMs: now - CATCH_UP_MS, toMs: now, limit: CATCH_UP_LIMIT });
    for (const change of missed) {
      await this.#apply(change);
    }
    for (const { id } of openBefore) {
      const title = 'The console was restarted';
      const draft = {
        incidentId: id,
        kind: 'console.restarted',
        lane: 'data',
        fact: '',
        occurredAt: now,
        observedAt: now,
        title,
      } as const;
      await this.#commit({ incident: this.#require(id), entries: [newEntry(draft)] });
    }
  }

  #follow(change: AlertChange): void {
    if (change.from === change.to) {
      return;
    }
    this.#enqueue(() => this.#apply(change)).catch((err: unknown) => {
      this.#deps.log.error(
        { err, fingerprint: change.alert.fingerprint },
        'an alert transition could not be added to its incident; the next start adds it',
      );
    });
  }

  async #apply(change: AlertChange): Promise<void> {
    const incidents = [...this.#incidents.values()];
    if (change.to === 'firing') {
      const update = applyFiring(incidents, change);
      await this.#commit(update === null ? null : this.#withGaps(update));
    } else if (change.from === 'firing' && change.to !== 'pending') {
      await this.#commit(applyResolved(incidents, change));
    }
  }

  #withGaps({ incident, entries }: IncidentUpdate): IncidentUpdate {
    const gaps = [...this.#gaps.values()].map((gap) => newEntry(gapDraft(incident.id, gap, this.#deps.clock.now())));
    return { incident, entries: [...entries, ...gaps] };
  }

  async #commit(update: IncidentUpdate | null): Promise<void> {
    if (update === null) {
      return;
    }
    const { incident, entries } = update;
    await this.#deps.store.commit(incident, entries);
    this.#incidents.set(incident.id, incident);
    for (const { entry, freeze } of entries.filter(hasRequest)) {
      this.#freezeLater({ entryId: entry.id, incidentId: incident.id, request: freeze });
    }
    this.#tell(incident.id);
  }

  /** Evidence is read beside the other work, so that a slow query never delays the timeline. */
  #freezeLater(waiting: EntryToFreeze): void {
    this.#freezing = this.#freezing.then(() => this.#freeze(waiting, 1));
  }

  async #freeze(waiting: EntryToFreeze, attempt: number): Promise<void> {
    try {
      await this.#deps.store.freeze(waiting.entryId, await freezeEvidence(this.#deps.evidence, waiting.request));
      this.#tell(waiting.incidentId);
    } catch (err) {
      this.#deps.log.warn({ err, incident: waiting.incidentId, attempt }, 'evidence could not be frozen');
      if (attempt < EVIDENCE_TRIES) {
        this.#deps.clock.after(EVIDENCE_RETRY_MS * attempt, () => {
          this.#freezing = this.#freezing.then(() => this.#freeze(waiting, attempt + 1));
        });
      }
    }
  }

  #tell(id: string): void {
    this.#version += 1;
    const incident = this.#require(id);
    for (const listener of this.#listeners) {
      listener({ incident, version: this.#version });
    }
  }

  #open(): readonly IncidentView[] {
    return this.list().filter((incident) => incident.state !== 'resolved');
  }

  #require(id: string): IncidentView {
    const incident = this.#incidents.get(id);
    if (incident === undefined) {
      throw new IncidentNotFoundError(id);
    }
    return incident;
  }

  #enqueue<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#work.then(work);
    this.#work = done.catch(() => {});
    return done;
  }
}

function hasRequest(entry: NewEntry): entry is NewEntry & { readonly freeze: NonNullable<NewEntry['freeze']> } {
  return entry.freeze !== null;
}

function deliveryDraft(incidentId: string, record: DeliveryRecord, observedAt: number): EntryDraft {
  const verb = { sent: 'Sent', retried: 'Not delivered yet', failed: 'Delivery failed', suppressed: 'Not sent' }[record.outcome];
  return {
    incidentId,
    kind: `notify.${record.outcome}`,
    lane: 'notify',
    fact: JSON.stringify([record.deliveryId, record.attempt]),
    occurredAt: record.at,
    observedAt,
    title: `${verb}: ${record.title} to ${record.receiver} (${record.integration})`,
    body: record.detail,
    severity: record.outcome === 'failed' ? 'warning' : 'info',
    source: `notify ${record.receiver}`,
  };
}

function gapDraft(incidentId: string, gap: SourceGapRecord, observedAt: number): EntryDraft {
  return {
    incidentId,
    kind: gap.kind === 'started' ? 'data.gap_started' : 'data.gap_ended',
    lane: 'data',
    fact: gap.source,
    occurredAt: gap.at,
    observedAt,
    precisionMs: gap.precisionMs,
    title:
      gap.kind === 'started'
        ? `Source ${gap.source} fell silent: what it measures is unknown from here`
        : `Source ${gap.source} speaks again`,
    severity: gap.kind === 'started' ? 'warning' : 'info',
    source: gap.source,
  };
}
