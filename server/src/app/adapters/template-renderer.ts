import type { TemplateAlert, TemplateData, TemplateRenderer } from '../../notify/receivers/template-renderer.ts';
import { alertmanagerFunctions } from '../../templates/alertmanager-functions.ts';
import { GO_ZERO_TIME_MS } from '../../templates/fields.ts';
import { GoTemplate } from '../../templates/go-template.ts';
import { fixed, GoList, type GoMap, GoStruct, GoTime, stringMap, type Value } from '../../templates/values.ts';

/** A template file of the routing configuration: its `define`s are known to every text. */
export interface TemplateFile {
  readonly name: string;
  readonly text: string;
}

/** Renders Alertmanager's text fields; the template files can be replaced while it is in use. */
export class RoutingTemplates implements TemplateRenderer {
  readonly #nowMs: () => number;
  #templates: GoTemplate;

  constructor(files: readonly TemplateFile[], nowMs: () => number) {
    this.#nowMs = nowMs;
    this.#templates = parseTemplates(files, nowMs);
  }

  /** Takes the place of all files there were. @throws TemplateError when one does not parse; then the old ones stay. */
  replace(files: readonly TemplateFile[]): void {
    this.#templates = parseTemplates(files, this.#nowMs);
  }

  render(text: string, data: TemplateData): Promise<string> {
    return this.#templates.expand(text, templateValue(data));
  }

  renderHtml(text: string, data: TemplateData): Promise<string> {
    return this.#templates.expand(text, templateValue(data), { escape: 'html' });
  }
}

/** @throws TemplateError naming the file, line and column. */
export function parseTemplates(files: readonly TemplateFile[], nowMs: () => number): GoTemplate {
  const templates = new GoTemplate({ functions: alertmanagerFunctions({ nowMs }) });
  for (const { name, text } of files) {
    templates.add(name, text);
  }
  return templates;
}

function templateValue(data: TemplateData): Value {
  const alerts = data.Alerts.map(alertValue);
  const inStatus = (status: string) => new GoList(alerts.filter((_, index) => data.Alerts[index]?.Status === status));
  const byStatus = new Map([
    ['Firing', fixed(0, () => inStatus('firing'))],
    ['Resolved', fixed(0, () => inStatus('resolved'))],
  ]);
  return new GoStruct('template.Data', {
    Receiver: data.Receiver,
    Status: data.Status,
    Alerts: new GoList(alerts, byStatus),
    GroupLabels: labelMap(data.GroupLabels),
    CommonLabels: labelMap(data.CommonLabels),
    CommonAnnotations: labelMap(data.CommonAnnotations),
    RouteLabels: labelMap(data.RouteLabels),
    ExternalURL: data.ExternalURL,
    NotificationReason: data.NotificationReason,
  });
}

function alertValue(alert: TemplateAlert): GoStruct {
  return new GoStruct('template.Alert', {
    Status: alert.Status,
    Labels: labelMap(alert.Labels),
    Annotations: labelMap(alert.Annotations),
    StartsAt: new GoTime(alert.StartsAt),
    EndsAt: new GoTime(alert.EndsAt ?? GO_ZERO_TIME_MS),
    GeneratorURL: alert.GeneratorURL,
    Fingerprint: alert.Fingerprint,
  });
}

/** Alertmanager's `KV`: a string map with SortedPairs (the alert's name first), Names, Values and Remove. */
function labelMap(labels: Readonly<Record<string, string>>): GoMap {
  const names = Object.keys(labels).sort((a, b) => Number(b === 'alertname') - Number(a === 'alertname') || (a < b ? -1 : 1));
  const pairs = names.map((name) => new GoStruct('template.Pair', { Name: name, Value: labels[name] }));
  const columns = new Map([
    ['Names', fixed(0, () => new GoList(names))],
    ['Values', fixed(0, () => new GoList(names.map((name) => labels[name])))],
  ]);
  const methods = new Map([
    ...columns,
    ['SortedPairs', fixed(0, () => new GoList(pairs, columns))] as const,
    ['Remove', fixed(1, ([removed]) => labelMap(without(labels, removed)))] as const,
  ]);
  return stringMap(labels, methods);
}

function without(labels: Readonly<Record<string, string>>, removed: Value): Readonly<Record<string, string>> {
  const names = new Set(removed instanceof GoList ? removed.items : []);
  return Object.fromEntries(Object.entries(labels).filter(([name]) => !names.has(name)));
}
