import type { HttpDeps } from '../deps.ts';
import type { Route } from '../route.ts';

export type HealthRouteDeps = Pick<HttpDeps, 'auth' | 'metrics' | 'readiness'>;

/**
 * `/healthz`: the process answers. `/readyz`: 200 or 503 for load balancers, and not a word more unless the caller is signed in.
 * `/metrics` tells names of hosts and rules, so it needs a viewer's session or API token like everything else.
 */
export function healthRoutes({ auth, metrics, readiness }: HealthRouteDeps): readonly Route[] {
  return [
    { method: 'get', path: '/healthz', access: 'open', answer: () => ({ status: 'ok' }) },
    {
      method: 'get',
      path: '/readyz',
      access: 'open',
      answer: async ({ request, response }) => {
        const checks = await readiness.checks();
        const isReady = Object.values(checks).every(Boolean);
        const identity = await auth.authenticator.authenticate(request.headers);
        response.status(isReady ? 200 : 503);
        return identity === null ? { ready: isReady } : { ready: isReady, checks };
      },
    },
    {
      method: 'get',
      path: '/metrics',
      access: 'viewer',
      answer: async ({ response }) => {
        response.set('content-type', metrics.contentType).end(await metrics.metrics());
      },
    },
  ];
}
