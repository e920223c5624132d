import { z } from 'zod';
import { LabelSet } from './labels.ts';

export const AlertState = z.enum(['pending', 'firing', 'resolved']);
export type AlertState = z.infer<typeof AlertState>;

/** One alert instance as the console shows it. Times are epoch milliseconds. */
export const AlertView = z.object({
  /** Stable for the label set. */
  fingerprint: z.string(),
  name: z.string(),
  state: AlertState,
  /** `stale`: a source the rule reads has fallen silent; the state is the last one known and nothing resolves. */
  health: z.enum(['ok', 'stale', 'error']),
  labels: LabelSet,
  annotations: LabelSet,
  value: z.number().nullable(),
  activeAt: z.number(),
  firedAt: z.number().nullable(),
  resolvedAt: z.number().nullable(),
  group: z.string(),
  file: z.string(),
  expr: z.string(),
  silencedBy: z.array(z.string()),
  inhibitedBy: z.array(z.string()),
  receivers: z.array(z.string()),
  incidentId: z.string().nullable(),
});
export type AlertView = z.infer<typeof AlertView>;

/** One past change of an alert's state, newest first in a history. */
export const AlertHistoryEntry = z.object({
  at: z.number(),
  from: z.enum(['inactive', 'pending', 'firing', 'resolved']),
  to: z.enum(['inactive', 'pending', 'firing', 'resolved']),
  value: z.number().nullable(),
});
export type AlertHistoryEntry = z.infer<typeof AlertHistoryEntry>;
