import express, { type Express } from 'express';
import type { HttpDeps } from './deps.ts';
import { errorHandler, NotFoundError } from './errors.ts';
import { requestLog } from './middleware/request-log.ts';
import { securityHeaders } from './middleware/security-headers.ts';
import { otherMethods } from './other-methods.ts';
import { prometheusRoutes } from './prometheus-api/prometheus-routes.ts';
import { remoteWriteRoutes } from './remote-write/remote-write-routes.ts';
import { mountRoutes, type Route } from './route.ts';
import { adminRoutes } from './routes/admin-routes.ts';
import { alertRoutes } from './routes/alert-routes.ts';
import { demoRoutes } from './routes/demo-routes.ts';
import { healthRoutes } from './routes/health-routes.ts';
import { incidentRoutes } from './routes/incident-routes.ts';
import { ingestRoutes } from './routes/ingest-routes.ts';
import { overviewRoutes } from './routes/overview-routes.ts';
import { runbookRoutes } from './routes/runbook-routes.ts';
import { sessionRoutes } from './routes/session-routes.ts';
import { silenceRoutes } from './routes/silence-routes.ts';
import { staticWeb } from './static-web.ts';

/** Every route there is. */
export function allRoutes(deps: HttpDeps): readonly Route[] {
  return [
    ...healthRoutes(deps),
    ...sessionRoutes(deps),
    ...overviewRoutes(deps),
    ...alertRoutes(deps),
    ...silenceRoutes(deps),
    ...incidentRoutes(deps),
    ...runbookRoutes(deps),
    ...adminRoutes(deps),
    ...demoRoutes(deps),
    ...ingestRoutes(deps),
    ...remoteWriteRoutes(deps),
    ...prometheusRoutes(deps),
  ];
}

/**
 * The express application: API, Prometheus API, ingest and the page. The caller makes the server from it and attaches the feed.
 * Everything but `/healthz`, a bare `/readyz`, the sign-in and the page's own files needs a session or token.
 */
export function createHttpApp(deps: HttpDeps): Express {
  const externalOrigin = deps.externalUrl === null ? null : new URL(deps.externalUrl).origin;
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.set('trust proxy', deps.trustedProxies);
  app.set('query parser', 'simple');
  app.use(requestLog(deps));
  app.use(securityHeaders(externalOrigin));
  const routes = allRoutes(deps);
  mountRoutes(app, routes, { authenticator: deps.auth.authenticator, externalOrigin });
  app.use(otherMethods(routes));
  if (deps.webRoot !== null) {
    app.use(staticWeb(deps.webRoot));
  }
  app.use((request) => {
    throw new NotFoundError(`there is nothing at ${request.method} ${request.path}`);
  });
  app.use(errorHandler(deps.log));
  return app;
}
