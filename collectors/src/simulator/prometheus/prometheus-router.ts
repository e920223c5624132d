import { Readable } from 'node:stream';
import { setImmediate as yieldToOthers } from 'node:timers/promises';
import { createGzip } from 'node:zlib';
import express, { type Request, type Response, type Router } from 'express';
import type { Environment } from '../estate/estate.ts';
import type { EffectTimeline } from '../scenarios/effect-timeline.ts';
import { CONTENT_TYPES } from '../targets/exposition.ts';
import type { EnvironmentHistory } from './environment-history.ts';
import { renderFederation } from './federation-page.ts';
import { instantQuery, type JsonPieces, type Parameters, QueryError, rangeQuery } from './query-api.ts';
import { parseSelector, SelectorError } from './selector.ts';

export interface PrometheusRouterDeps {
  readonly clock: { now(): number };
  readonly scenarios: { readonly timeline: EffectTimeline };
  readonly histories: ReadonlyMap<Environment, EnvironmentHistory>;
}

type Query = (history: EnvironmentHistory, parameters: Parameters, nowMs: number) => JsonPieces;

/** One Prometheus server for each environment, under `/prometheus/<environment>`. */
export function prometheusRouter(deps: PrometheusRouterDeps): Router {
  const router = express.Router();
  const answer =
    (serve: (history: EnvironmentHistory, request: Request, response: Response) => void) =>
    (request: Request, response: Response) => {
      const environment = [...deps.histories.keys()].find((name) => name === request.params.environment);
      const history = environment === undefined ? undefined : deps.histories.get(environment);
      if (environment === undefined || history === undefined) {
        response.status(404).type('text/plain').send('404 page not found\n');
      } else if (deps.scenarios.timeline.prometheusDown(environment, deps.clock.now())) {
        request.socket.destroy();
      } else {
        serve(history, request, response);
      }
    };
  const query = (run: Query) =>
    answer((history, request, response) =>
      sendQuery(request, response, (parameters) => run(history, parameters, deps.clock.now())),
    );
  const form = express.urlencoded({ extended: false, limit: '1mb' });
  const api = '/:environment/api/v1';
  router.get(
    '/:environment/federate',
    answer((history, request, response) => sendFederation({ history, nowMs: deps.clock.now() }, request, response)),
  );
  router.get(`${api}/query`, query(instantQuery));
  router.post(`${api}/query`, form, query(instantQuery));
  router.get(`${api}/query_range`, query(rangeQuery));
  router.post(`${api}/query_range`, form, query(rangeQuery));
  router.get(
    `${api}/status/buildinfo`,
    answer((_history, _request, response) => void response.json({ status: 'success', data: BUILD })),
  );
  router.get(
    `${api}/status/config`,
    answer((_history, _request, response) => void response.json({ status: 'success', data: { yaml: CONFIG } })),
  );
  router.get(
    ['/:environment/-/healthy', '/:environment/-/ready'],
    answer((_history, _request, response) => void response.send('OK\n')),
  );
  router.all(
    '/:environment/{*rest}',
    answer((_history, _request, response) =>
      sendError(response, new QueryError(404, 'not_found', 'not served by the simulator')),
    ),
  );
  return router;
}

const CONFIG = 'global:\n  scrape_interval: 15s\n';
const BUILD = {
  version: '2.53.2',
  revision: 'simulator',
  branch: 'HEAD',
  buildUser: 'tila-simulator',
  buildDate: '20241001-00:00:00',
  goVersion: 'go1.22.6',
};

function sendFederation(
  from: { readonly history: EnvironmentHistory; readonly nowMs: number },
  request: Request,
  response: Response,
): void {
  const matches = new URL(request.originalUrl, 'http://localhost').searchParams.getAll('match[]');
  try {
    const page = renderFederation(from.history, matches.map(parseSelector), from.nowMs);
    const body = request.acceptsEncodings('gzip') === 'gzip' ? createGzip({ level: 1 }) : undefined;
    response.setHeader('Content-Type', CONTENT_TYPES.text);
    if (body === undefined) {
      response.send(page);
      return;
    }
    response.setHeader('Content-Encoding', 'gzip');
    body.pipe(response);
    body.end(page);
  } catch (error) {
    if (!(error instanceof SelectorError)) {
      throw error;
    }
    response.status(400).type('text/plain').send(`${error.message}\n`);
  }
}

function sendQuery(request: Request, response: Response, run: (parameters: Parameters) => JsonPieces): void {
  try {
    const parameters = { ...textValues(request.query), ...textValues(request.body) };
    const body = Readable.from(inTurns(run(parameters)));
    response.setHeader('Content-Type', 'application/json');
    response.on('close', () => body.destroy());
    if (request.acceptsEncodings('gzip') === 'gzip') {
      response.setHeader('Content-Encoding', 'gzip');
      body.pipe(createGzip({ level: 1 })).pipe(response);
    } else {
      body.pipe(response);
    }
  } catch (error) {
    if (!(error instanceof QueryError)) {
      throw error;
    }
    sendError(response, error);
  }
}

/** Lets scrapes and web hooks in between: a query for everything may take seconds to compute. */
async function* inTurns(source: JsonPieces): AsyncGenerator<string> {
  let turnEndsAt = performance.now() + 10;
  for (const piece of source) {
    yield piece;
    if (performance.now() > turnEndsAt) {
      await yieldToOthers();
      turnEndsAt = performance.now() + 10;
    }
  }
}

function sendError(response: Response, error: QueryError): void {
  response.status(error.status).json({ status: 'error', errorType: error.errorType, error: error.message });
}

function textValues(source: unknown): Parameters {
  return Object.fromEntries(
    Object.entries(source ?? {}).map(([name, value]: [string, unknown]) => [name, typeof value === 'string' ? value : undefined]),
  );
}
