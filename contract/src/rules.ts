import { z } from 'zod';
import { LabelSet } from './labels.ts';

export const RuleHealth = z.enum(['ok', 'error', 'no data', 'stale', 'unknown']);
export type RuleHealth = z.infer<typeof RuleHealth>;

export const RuleView = z.object({
  kind: z.enum(['alerting', 'recording']),
  name: z.string(),
  expr: z.string(),
  forMs: z.number(),
  keepFiringForMs: z.number(),
  labels: LabelSet,
  annotations: LabelSet,
  health: RuleHealth,
  lastError: z.string().nullable(),
  staleSources: z.array(z.string()),
  state: z.enum(['unknown', 'inactive', 'pending', 'firing']),
  lastEvaluationAt: z.number().nullable(),
  evaluationMs: z.number().nullable(),
});
export type RuleView = z.infer<typeof RuleView>;

export const RuleGroupView = z.object({
  file: z.string(),
  name: z.string(),
  intervalMs: z.number(),
  rules: z.array(RuleView),
  /** Newest slot evaluated. */
  lastSlotAt: z.number().nullable(),
  missedSlots: z.number().int(),
});
export type RuleGroupView = z.infer<typeof RuleGroupView>;
