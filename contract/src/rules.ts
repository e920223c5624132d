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

/** How a group's slots went since the start of the server. */
export const RuleEvaluation = z.object({
  /** Slots that were never evaluated, because a later one was due already. */
  missedSlots: z.number().int(),
  /** Slots whose evaluation began more than an interval after their time. */
  lateSlots: z.number().int(),
  /** How long the last evaluation took. */
  lastMs: z.number().nullable(),
  /** How long after its time the last slot began. */
  lagMs: z.number().nullable(),
});
export type RuleEvaluation = z.infer<typeof RuleEvaluation>;

export const RuleGroupView = z.object({
  file: z.string(),
  name: z.string(),
  intervalMs: z.number(),
  rules: z.array(RuleView),
  /** Newest slot evaluated. */
  lastSlotAt: z.number().nullable(),
  missedSlots: z.number().int(),
  evaluation: RuleEvaluation,
});
export type RuleGroupView = z.infer<typeof RuleGroupView>;
