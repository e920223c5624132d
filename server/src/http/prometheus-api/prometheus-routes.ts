import type { HttpDeps } from '../deps.ts';
import type { Route } from '../route.ts';
import { featureRoutes } from './feature-routes.ts';
import { languageRoutes } from './language-routes.ts';
import { queryRoutes } from './query-routes.ts';
import { ruleRoutes } from './rule-routes.ts';
import { seriesRoutes } from './series-routes.ts';
import { statusRoutes } from './status-routes.ts';
import { targetMetadataRoutes } from './target-metadata-routes.ts';
import { targetRoutes } from './target-routes.ts';

/** The Prometheus HTTP API: what Grafana, promtool and scripts speak. https://prometheus.io/docs/prometheus/latest/querying/api/ */
export function prometheusRoutes(deps: HttpDeps): readonly Route[] {
  return [
    ...queryRoutes(deps),
    ...languageRoutes(),
    ...seriesRoutes(deps),
    ...ruleRoutes(deps),
    ...targetRoutes(deps),
    ...targetMetadataRoutes(deps),
    ...statusRoutes(deps),
    ...featureRoutes(),
  ];
}
