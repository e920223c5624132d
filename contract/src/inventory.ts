import { z } from 'zod';

const InventoryService = z.object({
  service: z.string(),
  /** When the newest sample that names it was taken; epoch milliseconds. */
  newestSampleAt: z.number().nullable(),
});

/** Environment, cluster, service: the tree every page hangs on. Names are sorted. */
export const InventoryView = z.object({
  environments: z.array(
    z.object({
      environment: z.string(),
      clusters: z.array(z.object({ cluster: z.string(), services: z.array(InventoryService) })),
    }),
  ),
});
export type InventoryView = z.infer<typeof InventoryView>;
