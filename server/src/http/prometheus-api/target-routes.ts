import type { SourceView, TargetReport } from '@tila/contract/sources.ts';
import type { HttpDeps } from '../deps.ts';
import type { Route } from '../route.ts';
import { isoTime } from './go-text.ts';
import { parametersOf } from './parameters.ts';

export type TargetRouteDeps = Pick<HttpDeps, 'sources'>;

/** `/api/v1/targets` and `scrape_pools`: what collectors say they read, a source being a scrape pool. */
export function targetRoutes({ sources }: TargetRouteDeps): readonly Route[] {
  return [
    {
      method: 'get',
      path: '/api/v1/targets',
      access: 'viewer',
      answer: ({ request }) => {
        const parameters = parametersOf(request);
        const pool = parameters.get('scrapePool');
        const found = parameters.get('state') === 'dropped' ? [] : sources.list();
        const wanted = found.filter(({ source }) => pool === '' || source === pool);
        const activeTargets = wanted.flatMap((source) => source.targets.map((target) => targetJson(source, target)));
        return { status: 'success', data: { activeTargets, droppedTargets: [], droppedTargetCounts: {} } };
      },
    },
    {
      method: 'get',
      path: '/api/v1/scrape_pools',
      access: 'viewer',
      answer: () => ({ status: 'success', data: { scrapePools: sources.list().map(({ source }) => source) } }),
    },
  ];
}

function targetJson({ source, intervalMs }: SourceView, target: TargetReport): object {
  return {
    discoveredLabels: {},
    labels: target.labels,
    scrapePool: source,
    scrapeUrl: target.url,
    globalUrl: target.url,
    lastError: target.lastError ?? '',
    lastScrape: isoTime(target.lastAttemptAt),
    lastScrapeDuration: (target.lastDurationMs ?? 0) / 1000,
    health: target.health,
    scrapeInterval: `${intervalMs / 1000}s`,
    scrapeTimeout: `${intervalMs / 1000}s`,
  };
}
