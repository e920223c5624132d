import { z } from 'zod';

/** One thing somebody did. `at` is epoch milliseconds; ids rise with time. */
export const AuditView = z.object({
  id: z.number().int(),
  at: z.number(),
  actor: z.string(),
  /** `session.created`, `silence.expired`, …: noun, dot, past tense. */
  action: z.string(),
  /** What it was done to: a silence's id, a user's name; empty when there is no such thing. */
  target: z.string(),
  outcome: z.enum(['ok', 'failed']),
  detail: z.string(),
  ip: z.string(),
});
export type AuditView = z.infer<typeof AuditView>;
