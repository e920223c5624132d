import { z } from 'zod';
import { LabelSet } from './labels.ts';

export const Entity = z.object({ environment: z.string(), cluster: z.string().optional(), service: z.string().optional() });
export type Entity = z.infer<typeof Entity>;

/** Frozen copy of what a series looked like around an entry; never re-read from the store. */
export const SeriesEvidence = z.object({
  type: z.literal('series'),
  query: z.string(),
  fromAt: z.number(),
  toAt: z.number(),
  stepMs: z.number(),
  series: z.array(z.object({ labels: LabelSet, points: z.array(z.tuple([z.number(), z.number().nullable()])) })),
  sha256: z.string(),
});
export type SeriesEvidence = z.infer<typeof SeriesEvidence>;

export const TimelineKind = z.enum([
  'incident.opened',
  'incident.resolved',
  'incident.reopened',
  'incident.acknowledged',
  'alert.pending',
  'alert.firing',
  'alert.resolved',
  'alert.joined',
  'notify.sent',
  'notify.retried',
  'notify.failed',
  'notify.suppressed',
  'data.gap_started',
  'data.gap_ended',
  'console.restarted',
  'human.note',
  'human.decision',
  'human.action',
]);
export type TimelineKind = z.infer<typeof TimelineKind>;

/** One thing that happened. Times are epoch milliseconds; `precisionMs` is half the sampling step, 0 when exact. */
export const TimelineEntry = z.object({
  id: z.string(),
  incidentId: z.string(),
  kind: TimelineKind,
  lane: z.enum(['alert', 'notify', 'data', 'human', 'change']),
  entity: Entity.nullable(),
  occurredAt: z.number(),
  precisionMs: z.number(),
  observedAt: z.number(),
  title: z.string(),
  body: z.string(),
  severity: z.enum(['critical', 'warning', 'info']),
  source: z.string(),
  actor: z.string(),
  evidence: z.array(SeriesEvidence),
});
export type TimelineEntry = z.infer<typeof TimelineEntry>;

export const IncidentState = z.enum(['open', 'acknowledged', 'resolved']);
export type IncidentState = z.infer<typeof IncidentState>;

export const IncidentView = z.object({
  id: z.string(),
  /** Short running number people say aloud. */
  number: z.number().int(),
  title: z.string(),
  state: IncidentState,
  severity: z.enum(['critical', 'warning', 'info']),
  environment: z.string(),
  clusters: z.array(z.string()),
  services: z.array(z.string()),
  openedAt: z.number(),
  resolvedAt: z.number().nullable(),
  acknowledgedBy: z.string().nullable(),
  acknowledgedAt: z.number().nullable(),
  alerts: z.array(
    z.object({
      fingerprint: z.string(),
      name: z.string(),
      labels: LabelSet,
      firing: z.boolean(),
      firedAt: z.number(),
      resolvedAt: z.number().nullable(),
    }),
  ),
});
export type IncidentView = z.infer<typeof IncidentView>;

export const IncidentDetail = z.object({ incident: IncidentView, timeline: z.array(TimelineEntry) });
export type IncidentDetail = z.infer<typeof IncidentDetail>;

export const PostableNote = z.object({
  kind: z.enum(['human.note', 'human.decision', 'human.action']).default('human.note'),
  text: z.string().trim().min(1).max(10_000),
  /** When it happened; now when absent. */
  occurredAt: z.number().int().optional(),
});
export type PostableNote = z.infer<typeof PostableNote>;
