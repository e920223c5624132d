import { z } from 'zod';

/** `stale` and `no data` are states of their own and never shown as ok. */
export const TileStatus = z.enum(['critical', 'warning', 'stale', 'no data', 'ok']);
export type TileStatus = z.infer<typeof TileStatus>;

/** One service in one environment. Times are epoch milliseconds. */
export const Tile = z.object({
  environment: z.string(),
  cluster: z.string(),
  service: z.string(),
  status: TileStatus,
  /** About five words: why it has this status. */
  reason: z.string(),
  since: z.number().nullable(),
  firing: z.number().int(),
  pending: z.number().int(),
  acknowledged: z.boolean(),
  /** Firing alerts that a person's silence quiets. */
  silenced: z.number().int(),
  /** Firing alerts that another alert inhibits and no silence quiets. */
  inhibited: z.number().int(),
  sparkline: z.object({ title: z.string(), unit: z.string(), points: z.array(z.tuple([z.number(), z.number().nullable()])) }),
  /** When the newest sample of this service was taken; its age is what the tile prints. */
  newestSampleAt: z.number().nullable(),
});
export type Tile = z.infer<typeof Tile>;
