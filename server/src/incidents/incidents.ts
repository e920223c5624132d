import type { IncidentDetail, IncidentView, PostableNote, TimelineEntry } from '@tila/contract/incidents.ts';
import type { AlertChange, AlertFeed } from '../alerts/alert.ts';
import type { SourceGap } from '../ingest/source-registry.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Logger } from '../runtime/logger.ts';
import { type EvidenceReader, freezeEvidence } from './evidence.ts';
import { exportMarkdown } from './export-markdown.ts';
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

/** A source that fell silent, or speaks again. `at` is by the source's clock, half a step either way is `precisionMs`. */
export interface SourceGapRecord extends SourceGap {
  readonly precisionMs?: number;
}

/** Hears of an incident whenever it, or only its timeline, has changed. */
export type IncidentListener = (incident: IncidentView) => void;

const KEPT = 500;
const CATCH_UP_MS = 24 * 3_600_000;
const CATCH_UP_LIMIT = 10_000;
const EVIDENCE_TRIES = 3;
const EVIDENCE_RETRY_MS = 5000;

/**
 * Incidents and their timelines, derived from alert transitions. Everything is keyed by what happened, so after a crash
 * `start` goes over the last day's transitions again and adds only what is missing. Work is done one piece at a time.
 */
export class Incidents {
  readonly #deps: IncidentsDeps;
  readonly #incidents = new Map<string, IncidentView>();
  readonly #listeners = new Set<IncidentListener>();
  readonly #gaps = new Map<string, SourceGapRecord>();
  #work: Promise<unknown> = Promise.resolve();
  #freezing: Promise<unknown> = Promise.resolve();
  #unsubscribe: () => void = () => {};

  constructor(deps: IncidentsDeps) {
    this.#deps = deps;
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

  /** The newest 500 and whatever older ones are not resolved, newest first. */
  list(): readonly IncidentView[] {
    return [...this.#incidents.values()].sort((a, b) => b.number - a.number);
  }

  /** The incident that an alert is in now, or was in last. */
  incidentOf(fingerprint: string): IncidentView | undefined {
    const having = this.list().filter((incident) => incident.alerts.some((alert) => alert.fingerprint === fingerprint));
    return having.find((incident) => incident.state !== 'resolved') ?? having[0];
  }

  /** What the list shows; the same as `list`. */
  current(): readonly IncidentView[] {
    return this.list();
  }

  /** Undefined when there is no such incident; so in the methods below. */
  async detail(id: string): Promise<IncidentDetail | undefined> {
    const incident = this.#incidents.get(id);
    return incident === undefined ? undefined : { incident, timeline: [...(await this.#deps.store.timeline(id))] };
  }

  /** A post-mortem draft; the same bytes as long as nothing happens to the incident. */
  async exportMarkdown(id: string): Promise<string | undefined> {
    const detail = await this.detail(id);
    return detail === undefined ? undefined : exportMarkdown(detail);
  }

  /** Returns the end of the subscription. */
  subscribe(listener: IncidentListener): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  /** Adds what a person writes; resolves with the entry when it is durable. */
  addNote(id: string, note: PostableNote, author: string): Promise<TimelineEntry | undefined> {
    return this.#enqueue(async () => {
      const incident = this.#incidents.get(id);
      if (incident === undefined) {
        return undefined;
      }
      const now = this.#deps.clock.now();
      const [title = '', ...rest] = note.text.split('\n');
      const occurredAt = note.occurredAt ?? now;
      const fact = stableId(JSON.stringify([author, note.text, now]));
      const draft = { incidentId: id, lane: 'human', actor: author, source: 'console', observedAt: now } as const;
      const added = newEntry({
        ...draft,
        kind: note.kind,
        occurredAt,
        title: title.slice(0, 500),
        body: rest.join('\n').trim(),
        fact,
      });
      await this.#commit({ incident, entries: [added] });
      return added.entry;
    });
  }

  /** Marks an open incident as somebody's. Acknowledging what is acknowledged or resolved changes nothing. */
  acknowledge(id: string, by: string): Promise<IncidentView | undefined> {
    return this.#enqueue(async () => {
      const incident = this.#incidents.get(id);
      if (incident === undefined || incident.state !== 'open') {
        return incident;
      }
      const now = this.#deps.clock.now();
      const title = `Acknowledged by ${by}`;
      const draft = { incidentId: id, lane: 'human', actor: by, source: 'console', occurredAt: now, observedAt: now } as const;
      const entry = newEntry({ ...draft, kind: 'incident.acknowledged', title, fact: by });
      const acknowledged: IncidentView = { ...incident, state: 'acknowledged', acknowledgedBy: by, acknowledgedAt: now };
      await this.#commit({ incident: acknowledged, entries: [entry] });
      return acknowledged;
    });
  }

  /** Notes a delivery in every incident that has one of its alerts. */
  recordDelivery(record: DeliveryRecord): Promise<void> {
    return this.#enqueue(async () => {
      const ids = new Set(
        record.fingerprints.map((fingerprint) => this.incidentOf(fingerprint)?.id).filter((id) => id !== undefined),
      );
      for (const incident of this.list().filter(({ id }) => ids.has(id))) {
        const entry = newEntry(deliveryDraft(incident.id, record, this.#deps.clock.now()));
        await this.#commit({ incident, entries: [entry] });
      }
    });
  }

  /** Notes in every open incident that a source fell silent or came back; a silence that lasts is noted in later ones too. */
  recordSourceGap(gap: SourceGapRecord): Promise<void> {
    return this.#enqueue(async () => {
      if (gap.kind === 'gap_started') {
        this.#gaps.set(gap.source, gap);
      } else {
        this.#gaps.delete(gap.source);
      }
      for (const incident of this.#open()) {
        await this.#commit({ incident, entries: [newEntry(gapDraft(incident.id, gap))] });
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
    const wasOpen = new Set(openBefore.map(({ id }) => id));
    for (const incident of this.list().filter(({ id }) => wasOpen.has(id))) {
      const title = 'The console was restarted';
      const draft = {
        incidentId: incident.id,
        kind: 'console.restarted',
        lane: 'data',
        fact: '',
        occurredAt: now,
        observedAt: now,
        title,
      } as const;
      await this.#commit({ incident, entries: [newEntry(draft)] });
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
    const gaps = [...this.#gaps.values()].map((gap) => newEntry(gapDraft(incident.id, gap)));
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
    this.#trim();
  }

  /** Resolved incidents beyond the newest stay in the store only. */
  #trim(): void {
    const beyond = this.#incidents.size > KEPT ? this.list().slice(KEPT) : [];
    for (const { id } of beyond.filter(({ state }) => state === 'resolved')) {
      this.#incidents.delete(id);
    }
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
    const incident = this.#incidents.get(id);
    if (incident === undefined) {
      return;
    }
    for (const listener of this.#listeners) {
      try {
        listener(incident);
      } catch (err) {
        this.#deps.log.error({ err, incident: id }, 'an incident listener failed');
      }
    }
  }

  #open(): readonly IncidentView[] {
    return this.list().filter((incident) => incident.state !== 'resolved');
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

function gapDraft(incidentId: string, gap: SourceGapRecord): EntryDraft {
  const isStart = gap.kind === 'gap_started';
  return {
    incidentId,
    kind: `data.${gap.kind}`,
    lane: 'data',
    fact: gap.source,
    occurredAt: gap.at,
    observedAt: gap.observedAt,
    precisionMs: gap.precisionMs ?? 0,
    title: isStart
      ? `Source ${gap.source} fell silent: what it measures is unknown from here`
      : `Source ${gap.source} speaks again`,
    severity: isStart ? 'warning' : 'info',
    source: gap.source,
  };
}
