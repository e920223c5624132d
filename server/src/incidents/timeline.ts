import { createHash } from 'node:crypto';
import type { TimelineEntry } from '@tila/contract/incidents.ts';
import type { EvidenceRequest } from './evidence.ts';
import type { NewEntry } from './incident-store.ts';

const LANES: readonly TimelineEntry['lane'][] = ['change', 'data', 'alert', 'notify', 'human'];

/** Timeline order: when it happened, then lane, then id; the same for the same entries however they arrived. */
export function sortTimeline(entries: readonly TimelineEntry[]): readonly TimelineEntry[] {
  return entries.toSorted(
    (a, b) =>
      a.occurredAt - b.occurredAt || LANES.indexOf(a.lane) - LANES.indexOf(b.lane) || Number(a.id > b.id) - Number(a.id < b.id),
  );
}

/** Stable short id of a text. */
export function stableId(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 20);
}

export interface EntryDraft
  extends Pick<TimelineEntry, 'incidentId' | 'kind' | 'lane' | 'occurredAt' | 'observedAt' | 'title'>,
    Partial<Pick<TimelineEntry, 'entity' | 'precisionMs' | 'body' | 'severity' | 'source' | 'actor'>> {
  /** What fact of the incident this is, e.g. an alert's fingerprint or a delivery's id. */
  readonly fact: string;
  readonly freeze?: EvidenceRequest;
}

/** An entry whose id follows from what it says happened, so that deriving it twice gives one entry. */
export function newEntry({ fact, freeze, ...draft }: EntryDraft): NewEntry {
  const dedupeKey = JSON.stringify([draft.incidentId, draft.kind, draft.occurredAt, fact]);
  const entry: TimelineEntry = {
    entity: null,
    precisionMs: 0,
    body: '',
    severity: 'info',
    source: 'tila',
    actor: 'system',
    ...draft,
    id: stableId(dedupeKey),
    evidence: [],
  };
  return { entry, dedupeKey, freeze: freeze ?? null };
}
