import { gzipSync } from 'node:zlib';
import express, { type Router } from 'express';
import { ENVIRONMENTS } from '../estate/estate.ts';
import { CONTENT_TYPES, negotiateFormat, renderExposition } from './exposition.ts';
import { targetName, type World } from './world.ts';

export interface TargetsRouterDeps {
  readonly clock: { now(): number };
  readonly world: World;
}

/** `/sd/<environment>` (Prometheus HTTP service discovery) and the exporters it lists, under `/targets`. */
export function targetsRouter({ clock, world }: TargetsRouterDeps): Router {
  const router = express.Router();
  router.get('/sd/:environment', (request, response) => {
    const environment = ENVIRONMENTS.find((name) => name === request.params.environment);
    if (environment === undefined) {
      response.status(404).send('no such environment\n');
      return;
    }
    const address = `127.0.0.1:${request.socket.localPort}`;
    response.json(
      world.targets(environment).map((target) => ({
        targets: [address],
        labels: { ...target.labels, __metrics_path__: `/targets/${environment}/${targetName(target)}/metrics` },
      })),
    );
  });
  router.get('/targets/:environment/:name/metrics', (request, response) => {
    const environment = ENVIRONMENTS.find((name) => name === request.params.environment);
    const target = environment === undefined ? undefined : world.target(environment, request.params.name);
    const now = clock.now();
    if (target === undefined) {
      response.status(404).send('404 page not found\n');
    } else if (!target.isUp(now)) {
      request.socket.destroy();
    } else {
      const format = negotiateFormat(request.headers.accept);
      const page = Buffer.from(renderExposition(target, now, format));
      const zipped = request.acceptsEncodings('gzip') === 'gzip';
      response.setHeader('Content-Type', CONTENT_TYPES[format]);
      if (zipped) {
        response.setHeader('Content-Encoding', 'gzip');
      }
      response.end(zipped ? gzipSync(page, { level: 1 }) : page);
    }
  });
  return router;
}
