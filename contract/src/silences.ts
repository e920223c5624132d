import { z } from 'zod';

/** Alertmanager's matcher shape. */
export const SilenceMatcher = z.object({
  name: z.string().min(1),
  value: z.string(),
  isRegex: z.boolean(),
  isEqual: z.boolean().default(true),
});
export type SilenceMatcher = z.infer<typeof SilenceMatcher>;

/** A silence to create, or to change when `id` is given. Times are ISO 8601. */
export const PostableSilence = z.object({
  id: z.string().optional(),
  matchers: z.array(SilenceMatcher).min(1),
  startsAt: z.iso.datetime({ offset: true }),
  endsAt: z.iso.datetime({ offset: true }),
  comment: z.string().max(2000).default(''),
});
export type PostableSilence = z.infer<typeof PostableSilence>;

export const SilenceView = z.object({
  id: z.string(),
  matchers: z.array(SilenceMatcher),
  startsAt: z.string(),
  endsAt: z.string(),
  createdBy: z.string(),
  comment: z.string(),
  status: z.object({ state: z.enum(['pending', 'active', 'expired']) }),
  updatedAt: z.string(),
});
export type SilenceView = z.infer<typeof SilenceView>;
