import { z } from 'zod';

/** A scripted outage of the demo estate. */
export const ScenarioView = z.object({
  name: z.string(),
  title: z.string(),
  running: z.boolean(),
  /** Epoch milliseconds; null when it does not run. */
  startedAt: z.number().nullable(),
  endsAt: z.number().nullable(),
});
export type ScenarioView = z.infer<typeof ScenarioView>;
