import type { DashboardView, Panel } from '@tila/contract/dashboards.ts';
import type { LabelSet } from '@tila/contract/labels.ts';

export interface ServiceEntity {
  readonly environment: string;
  readonly cluster: string;
  readonly service: string;
}

/** A panel with its expressions ready to ask. */
export interface PlannedPanel {
  readonly key: string;
  readonly panel: Panel;
  readonly exprs: readonly string[];
}

/** Puts the entity into an expression, escaped as a PromQL string: a hostile name stays a value. */
export function fillExpression(expr: string, entity: ServiceEntity): string {
  return expr.replaceAll(/\$(environment|cluster|service)\b/g, (_, name: keyof ServiceEntity) => escapeString(entity[name]));
}

function escapeString(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}

/** All panels of all dashboards, in order. */
export function planPanels(dashboards: readonly DashboardView[], entity: ServiceEntity): PlannedPanel[] {
  return dashboards.flatMap(({ id, dashboard }) =>
    dashboard.panels.map((panel, index) => ({
      key: `${id}/${index}`,
      panel,
      exprs: panel.queries.map(({ expr }) => fillExpression(expr, entity)),
    })),
  );
}

const ENTITY_LABELS = new Set(['environment', 'cluster', 'service', '__name__']);

/** A series' name: the legend with `{{label}}` replaced, or the labels that are not the entity's. */
export function seriesName(legend: string, labels: LabelSet): string {
  if (legend !== '') {
    return legend.replaceAll(/\{\{\s*([\w.]+)\s*\}\}/g, (_, label: string) => labels[label] ?? '') || 'value';
  }
  const own = Object.entries(labels).filter(([name]) => !ENTITY_LABELS.has(name));
  return own.length === 0 ? (labels.__name__ ?? 'value') : own.map(([name, value]) => `${name}=${value}`).join(' ');
}

/** Does an alert concern the service? One without a cluster concerns it in every cluster. */
export function concerns(labels: LabelSet, { environment, cluster, service }: ServiceEntity): boolean {
  return (
    labels.environment === environment &&
    labels.service === service &&
    (labels.cluster === undefined || labels.cluster === cluster)
  );
}
