import type { DemoControl, HttpDeps } from '../deps.ts';
import { NotFoundError } from '../errors.ts';
import { addressOf, pathText, type Route } from '../route.ts';

export type DemoRouteDeps = Pick<HttpDeps, 'demo' | 'auth'>;

/** Scripted outages of the demo estate; 404 when Tila watches the real thing. */
export function demoRoutes(deps: DemoRouteDeps): readonly Route[] {
  const demo = (): DemoControl => {
    if (deps.demo === null) {
      throw new NotFoundError('this Tila runs without the demo estate');
    }
    return deps.demo;
  };
  return [
    { method: 'get', path: '/api/demo/scenarios', access: 'viewer', answer: () => demo().scenarios() },
    {
      method: 'post',
      path: '/api/demo/scenarios/:name',
      access: 'responder',
      answer: async ({ identity, request }) => {
        const name = pathText(request, 'name');
        const scenario = await demo().trigger(name);
        if (scenario === undefined) {
          throw new NotFoundError(`scenario ${JSON.stringify(name)} does not exist`);
        }
        const ip = addressOf(request);
        await deps.auth.audit.record({ actor: identity.name, action: 'scenario.triggered', target: name, ip });
        return scenario;
      },
    },
  ];
}
