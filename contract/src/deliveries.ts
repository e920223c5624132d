import { z } from 'zod';

/** `accepted` is Teams' 202: queued, not proven shown. `delivered` is SMTP's 250. */
export const DeliveryState = z.enum(['pending', 'retrying', 'accepted', 'delivered', 'failed']);
export type DeliveryState = z.infer<typeof DeliveryState>;

export const DeliveryAttempt = z.object({
  attempt: z.number().int(),
  startedAt: z.number(),
  durationMs: z.number().nullable(),
  /** HTTP status or SMTP reply code; null when nothing answered. */
  status: z.number().nullable(),
  outcome: z.enum(['sent', 'retry', 'rejected', 'unknown']),
  detail: z.string(),
  retryAt: z.number().nullable(),
});
export type DeliveryAttempt = z.infer<typeof DeliveryAttempt>;

/** One notification to one receiver integration, with every attempt made. */
export const DeliveryView = z.object({
  id: z.string(),
  receiver: z.string(),
  integration: z.enum(['msteamsv2', 'email', 'webhook']),
  groupKey: z.string(),
  status: z.enum(['firing', 'resolved']),
  reason: z.string(),
  title: z.string(),
  alerts: z.array(z.string()),
  createdAt: z.number(),
  state: DeliveryState,
  attempts: z.array(DeliveryAttempt),
});
export type DeliveryView = z.infer<typeof DeliveryView>;
