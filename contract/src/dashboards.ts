import { z } from 'zod';

export const PanelUnit = z.enum(['short', 'percent', 'ratio', 'seconds', 'bytes', 'bytes/s', 'ops/s', 'count']);
export type PanelUnit = z.infer<typeof PanelUnit>;

export const PanelQuery = z.object({
  /** PromQL; `$environment`, `$cluster` and `$service` are replaced by escaped label values. */
  expr: z.string().min(1),
  /** Name of a series, with `{{label}}` replaced. */
  legend: z.string().default(''),
});
export type PanelQuery = z.infer<typeof PanelQuery>;

export const Panel = z.strictObject({
  title: z.string().min(1),
  description: z.string().default(''),
  unit: PanelUnit.default('short'),
  queries: z.array(PanelQuery).min(1),
  thresholds: z
    .array(z.strictObject({ value: z.number(), label: z.string(), severity: z.enum(['critical', 'warning', 'info']) }))
    .default([]),
  min: z.number().optional(),
  max: z.number().optional(),
});
export type Panel = z.infer<typeof Panel>;

/** A `*.dashboard.yaml` file. `for` says on which page it appears. */
export const Dashboard = z.strictObject({
  title: z.string().min(1),
  for: z.enum(['service', 'cluster', 'environment', 'standalone']).default('standalone'),
  /** Shown for a service only when one of these expressions has a result; always when empty. */
  when: z.array(z.string()).default([]),
  panels: z.array(Panel).min(1),
});
export type Dashboard = z.infer<typeof Dashboard>;

export const DashboardView = z.object({ id: z.string(), dashboard: Dashboard });
export type DashboardView = z.infer<typeof DashboardView>;
