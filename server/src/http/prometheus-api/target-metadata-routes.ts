import type { TargetReport } from '@tila/contract/sources.ts';
import { Labels, METRIC_NAME } from '../../model/labels.ts';
import { Matcher, matchesAll } from '../../model/matcher.ts';
import type { MetricMetadata } from '../../model/series-store.ts';
import type { HttpDeps } from '../deps.ts';
import type { Call, Route } from '../route.ts';
import { limitOf, parametersOf } from './parameters.ts';
import { parseSelector } from './selector-parameter.ts';

export type TargetMetadataDeps = Pick<HttpDeps, 'sources' | 'series' | 'clock'>;

/** Metrics a target has had in this time are its own. */
const RECENT_MS = 10 * 60_000;
const MINUTE_MS = 60_000;
/** What Prometheus leaves out of the names of families. */
const PARTS = /_(?:bucket|count|sum|total|info)$/;

/** `/api/v1/targets/metadata`: what is known of the metrics that targets give, by `match_target`, `metric` and `limit`. */
export function targetMetadataRoutes(deps: TargetMetadataDeps): readonly Route[] {
  return [
    {
      method: 'get',
      path: '/api/v1/targets/metadata',
      access: 'viewer',
      answer: async (call) => ({ status: 'success', data: await targetMetadata(call, deps) }),
    },
  ];
}

async function targetMetadata({ request, signal }: Call, deps: TargetMetadataDeps): Promise<readonly object[]> {
  const parameters = parametersOf(request);
  const limit = limitOf(parameters) || Number.POSITIVE_INFINITY;
  const metric = parameters.get('metric');
  const selector = parameters.get('match_target');
  const matchers = selector === '' ? [] : parseSelector(selector, 'match_target');
  const targets = deps.sources.list().flatMap((source) => source.targets);
  const known = await deps.series.metadata();
  const found: object[] = [];
  for (const { labels } of targets.filter((target) => matchesAll(matchers, Labels.from(target.labels)))) {
    if (found.length >= limit || signal.aborted) {
      break;
    }
    const families = await familiesOf(labels, known, deps);
    const wanted = [...families].filter(([name]) => metric === '' || name === metric).sort(([a], [b]) => (a < b ? -1 : 1));
    // With a metric asked for, Prometheus leaves its name out.
    found.push(...wanted.map(([name, entry]) => ({ target: labels, ...(metric === '' && { metric: name }), ...entry })));
  }
  return found.slice(0, limit);
}

/** The metric families with series of these labels, and what is known of each. */
async function familiesOf(
  labels: TargetReport['labels'],
  known: ReadonlyMap<string, MetricMetadata>,
  { series, clock }: TargetMetadataDeps,
): Promise<ReadonlyMap<string, MetricMetadata>> {
  const now = clock.now();
  const matchers = Object.entries(labels).map(([name, value]) => new Matcher(name, '=', value));
  const names = await series.labelValues(METRIC_NAME, { matchers, fromMs: now - RECENT_MS, toMs: now + MINUTE_MS });
  const families = new Map<string, MetricMetadata>();
  for (const name of names) {
    const family = [name, name.replace(PARTS, '')].find((each) => known.has(each));
    const entry = family === undefined ? undefined : known.get(family);
    if (family !== undefined && entry !== undefined) {
      families.set(family, entry);
    }
  }
  return families;
}
