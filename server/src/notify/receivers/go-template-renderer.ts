import { glob, readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Clock } from '../../runtime/clock.ts';
import { alertmanagerFunctions } from '../../templates/alertmanager-functions.ts';
import { GoTemplate } from '../../templates/go-template.ts';
import {
  type FunctionMap,
  fixed,
  GoList,
  type GoMap,
  GoStruct,
  GoTime,
  stringArgument,
  stringMap,
  type Value,
} from '../../templates/values.ts';
import type { TemplateAlert, TemplateData, TemplateRenderer } from './template-renderer.ts';

// Go's zero time, which templates compare with `.IsZero`.
const GO_ZERO_TIME_MS = -62_135_596_800_000;

export interface TemplateFiles {
  /** As in `templates:` of the configuration. */
  readonly globs: readonly string[];
  /** Where relative globs start. */
  readonly folder: string;
}

/** Renders notification texts with the Go template engine, Alertmanager's functions and data methods. */
export class GoTemplateRenderer implements TemplateRenderer {
  readonly #templates: GoTemplate;

  private constructor(templates: GoTemplate) {
    this.#templates = templates;
  }

  /** Reads the template files. Rejects, naming file and line, when one does not parse. A glob that finds nothing is no error. */
  static async load(files: TemplateFiles, clock: Pick<Clock, 'now'>): Promise<GoTemplateRenderer> {
    const templates = new GoTemplate({ functions: alertmanagerFunctions({ nowMs: () => clock.now() }) });
    for (const pattern of files.globs) {
      for await (const path of glob(resolve(files.folder, pattern))) {
        templates.add(path, await readFile(path, 'utf8'));
      }
    }
    return new GoTemplateRenderer(templates);
  }

  async render(text: string, data: TemplateData): Promise<string> {
    return await this.#templates.expand(text, toValue(data));
  }

  async renderHtml(text: string, data: TemplateData): Promise<string> {
    return await this.#templates.expand(text, toValue(data), { escape: 'html' });
  }
}

function toValue(data: TemplateData): GoStruct {
  return new GoStruct('template.Data', {
    Receiver: data.Receiver,
    Status: data.Status,
    Alerts: alertList(data.Alerts),
    GroupLabels: pairs(data.GroupLabels),
    CommonLabels: pairs(data.CommonLabels),
    CommonAnnotations: pairs(data.CommonAnnotations),
    RouteLabels: pairs(data.RouteLabels),
    ExternalURL: data.ExternalURL,
    NotificationReason: data.NotificationReason,
  });
}

function alertList(alerts: readonly TemplateAlert[]): GoList {
  const inState = (status: string) =>
    fixed(0, () => new GoList(alerts.filter((alert) => alert.Status === status).map(alertValue)));
  return new GoList(
    alerts.map(alertValue),
    new Map([
      ['Firing', inState('firing')],
      ['Resolved', inState('resolved')],
    ]),
  );
}

function alertValue(alert: TemplateAlert): GoStruct {
  return new GoStruct('template.Alert', {
    Status: alert.Status,
    Labels: pairs(alert.Labels),
    Annotations: pairs(alert.Annotations),
    StartsAt: new GoTime(alert.StartsAt),
    EndsAt: new GoTime(alert.EndsAt ?? GO_ZERO_TIME_MS),
    GeneratorURL: alert.GeneratorURL,
    Fingerprint: alert.Fingerprint,
  });
}

/** Alertmanager's KV: a map of texts with SortedPairs, Names, Values and Remove. */
function pairs(record: Readonly<Record<string, string>>): GoMap {
  const sorted = () => Object.entries(record).sort(([a], [b]) => rank(a) - rank(b) || (a < b ? -1 : 1));
  const methods: FunctionMap = new Map([
    ['SortedPairs', fixed(0, () => pairList(sorted()))],
    ['Names', fixed(0, () => new GoList(sorted().map(([name]) => name)))],
    ['Values', fixed(0, () => new GoList(sorted().map(([, value]) => value)))],
    ['Remove', fixed(1, ([names]) => without(record, names))],
  ]);
  return stringMap(record, methods);
}

/** `alertname` comes first, the rest by name. */
function rank(name: string): number {
  return name === 'alertname' ? 0 : 1;
}

function pairList(entries: readonly (readonly [string, string])[]): GoList {
  return new GoList(
    entries.map(([Name, Value]) => new GoStruct('template.Pair', { Name, Value })),
    new Map([
      ['Names', fixed(0, () => new GoList(entries.map(([name]) => name)))],
      ['Values', fixed(0, () => new GoList(entries.map(([, value]) => value)))],
    ]),
  );
}

function without(record: Readonly<Record<string, string>>, names: Value): GoMap {
  const removed = new Set(names instanceof GoList ? names.items.map((name) => stringArgument(name)) : []);
  return pairs(Object.fromEntries(Object.entries(record).filter(([name]) => !removed.has(name))));
}
