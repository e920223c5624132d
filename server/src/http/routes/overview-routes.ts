import { Dashboard } from '@tila/contract/dashboards.ts';
import type { DashboardTarget, HttpDeps } from '../deps.ts';
import { queryLimit, queryText, type Route } from '../route.ts';

export type OverviewRouteDeps = Pick<HttpDeps, 'overview' | 'sources' | 'deliveries' | 'dashboards'>;

/** What the pages show besides alerts and incidents. */
export function overviewRoutes(deps: OverviewRouteDeps): readonly Route[] {
  return [
    { method: 'get', path: '/api/overview', access: 'viewer', answer: () => deps.overview.tiles() },
    { method: 'get', path: '/api/inventory', access: 'viewer', answer: () => deps.overview.inventory() },
    { method: 'get', path: '/api/sources', access: 'viewer', answer: () => deps.sources.list() },
    {
      method: 'get',
      path: '/api/deliveries',
      access: 'viewer',
      answer: ({ request }) => {
        const incident = queryText(request, 'incident');
        const limit = queryLimit(request, 100, 1000);
        return deps.deliveries.list(incident === undefined ? { limit } : { limit, incident });
      },
    },
    {
      method: 'get',
      path: '/api/dashboards',
      access: 'viewer',
      answer: ({ request }) => {
        const page = Dashboard.shape.for.unwrap().optional().parse(queryText(request, 'for'));
        const names = ['environment', 'cluster', 'service'] as const;
        const target: DashboardTarget = Object.fromEntries(
          names.flatMap((name) => {
            const value = queryText(request, name);
            return value === undefined ? [] : [[name, value]];
          }),
        );
        return deps.dashboards.forTarget(page, target);
      },
    },
  ];
}
