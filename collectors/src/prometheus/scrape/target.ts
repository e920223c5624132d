import { createHash } from 'node:crypto';
import type { LabelSet } from '@tila/contract/labels.ts';
import { formatDuration, parseDuration } from '../../config/duration.ts';
import type { Relabeler } from '../../relabel/relabel.ts';
import { labelKey } from '../label-key.ts';
import { withoutTemporary } from '../series-mapping.ts';
import { type PrometheusScrapeConfig, scrapeTimeoutMs, type TargetGroup } from './schema.ts';

/** One address to scrape. Two targets are the same exactly when their `key`s are equal. */
export interface Target {
  readonly key: string;
  readonly url: string;
  /** What every series of it carries: `job`, `instance` and whatever discovery and relabelling left. */
  readonly labels: LabelSet;
  readonly intervalMs: number;
  readonly timeoutMs: number;
}

export class TargetError extends Error {
  override readonly name = 'TargetError';
}

/** The targets of a group after `relabel_configs`; dropped ones are left out. @throws TargetError for one that cannot be scraped. */
export function targetsOf(group: TargetGroup, config: PrometheusScrapeConfig, relabeler: Relabeler): Target[] {
  return group.targets.flatMap((address) => {
    const labels = relabeler.apply({ ...defaultLabels(config), ...group.labels, __address__: address });
    return labels === null ? [] : [targetOf(labels, config)];
  });
}

/** Where in its interval a target is scraped: spread over targets, and the same after a restart. */
export function offsetOf(target: Target): number {
  return Number(createHash('md5').update(target.key).digest().readBigUInt64BE(0) % BigInt(Math.max(target.intervalMs, 1)));
}

function defaultLabels(config: PrometheusScrapeConfig): Record<string, string> {
  const params = Object.entries(config.params).flatMap(([name, values]) => {
    return values[0] === undefined ? [] : [[`__param_${name}`, values[0]] as const];
  });
  return {
    job: config.job_name ?? config.name,
    __scheme__: config.scheme,
    __metrics_path__: config.metrics_path,
    __scrape_interval__: formatDuration(config.scrape_interval),
    __scrape_timeout__: formatDuration(scrapeTimeoutMs(config)),
    ...Object.fromEntries(params),
  };
}

function targetOf(labels: LabelSet, config: PrometheusScrapeConfig): Target {
  const address = labels.__address__ ?? '';
  if (address === '' || address.includes('/')) {
    throw new TargetError(`${JSON.stringify(address)} is no address; a target is host:port, the path goes into metrics_path`);
  }
  const url = urlOf(labels, config);
  const intervalMs = durationLabel(labels, '__scrape_interval__');
  const timeoutMs = durationLabel(labels, '__scrape_timeout__');
  if (timeoutMs > intervalMs) {
    throw new TargetError(`target ${url}: __scrape_timeout__ is longer than __scrape_interval__`);
  }
  const shown = withoutTemporary({ ...labels, instance: labels.instance || address });
  return { key: `${url} ${labelKey(shown)}`, url, labels: shown, intervalMs, timeoutMs };
}

function urlOf(labels: LabelSet, config: PrometheusScrapeConfig): string {
  const text = `${labels.__scheme__}://${labels.__address__}${labels.__metrics_path__ ?? ''}`;
  if (!URL.canParse(text) || !/^https?:/.test(text)) {
    throw new TargetError(`${JSON.stringify(text)} is no address that can be scraped`);
  }
  const url = new URL(text);
  for (const [name, values] of Object.entries(config.params)) {
    for (const value of values.slice(1)) {
      url.searchParams.append(name, value);
    }
  }
  for (const [label, value] of Object.entries(labels)) {
    if (label.startsWith('__param_')) {
      const name = label.slice('__param_'.length);
      const others = url.searchParams.getAll(name);
      url.searchParams.delete(name);
      for (const each of [value, ...others]) {
        url.searchParams.append(name, each);
      }
    }
  }
  return url.href;
}

function durationLabel(labels: LabelSet, name: string): number {
  const durationMs = parseDuration(labels[name] ?? '');
  if (durationMs === undefined || durationMs === 0) {
    throw new TargetError(`${name} is ${JSON.stringify(labels[name] ?? '')}, which is no duration longer than 0s`);
  }
  return durationMs;
}
