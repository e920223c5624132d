import { z } from 'zod';
import { LabelSet } from './labels.ts';

export const TargetReport = z.object({
  url: z.string(),
  labels: LabelSet,
  health: z.enum(['up', 'down', 'unknown']),
  lastAttemptAt: z.number().nullable(),
  lastDurationMs: z.number().nullable(),
  samples: z.number().int(),
  lastError: z.string().nullable(),
});
export type TargetReport = z.infer<typeof TargetReport>;

/** What a collector says about one configured source, after every attempt. Times are epoch milliseconds. */
export const SourceReport = z.object({
  source: z.string(),
  kind: z.string(),
  /** Behind its watermark by more than this, the source is stale and so are the rules that read it. */
  maxLagMs: z.number(),
  intervalMs: z.number(),
  lastAttemptAt: z.number().nullable(),
  lastSuccessAt: z.number().nullable(),
  lastErrorAt: z.number().nullable(),
  lastError: z.string().nullable(),
  /** Is a gap being filled now, and how far has it come. */
  backfill: z.object({ fromAt: z.number(), toAt: z.number(), doneToAt: z.number() }).nullable(),
  targets: z.array(TargetReport),
});
export type SourceReport = z.infer<typeof SourceReport>;

export const SourceState = z.enum(['ok', 'error', 'stale', 'no data']);
export type SourceState = z.infer<typeof SourceState>;

/** A source as the console shows it. */
export const SourceView = SourceReport.extend({
  state: SourceState,
  watermarkAt: z.number().nullable(),
  lagMs: z.number().nullable(),
  samplesTotal: z.number().int(),
  samplesPerSecond: z.number(),
});
export type SourceView = z.infer<typeof SourceView>;
