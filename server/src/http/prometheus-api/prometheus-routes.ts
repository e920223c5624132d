import type { HttpDeps } from '../deps.ts';
import type { Route } from '../route.ts';
import { queryRoutes } from './query-routes.ts';
import { ruleRoutes } from './rule-routes.ts';
import { seriesRoutes } from './series-routes.ts';

/** The Prometheus HTTP API: what Grafana, promtool and scripts speak. https://prometheus.io/docs/prometheus/latest/querying/api/ */
export function prometheusRoutes(deps: HttpDeps): readonly Route[] {
  return [...queryRoutes(deps), ...seriesRoutes(deps), ...ruleRoutes(deps)];
}
