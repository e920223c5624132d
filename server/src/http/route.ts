import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import express, { type Express, type Request, type RequestHandler, type Response } from 'express';
import { ForbiddenError, UnauthenticatedError } from '../auth/auth-errors.ts';
import type { Authenticator } from '../auth/authenticator.ts';
import { type Identity, type Role, roleIncludes } from '../auth/identity.ts';
import { isFromBrowser, isSameOrigin } from '../auth/same-origin.ts';
import { BadRequestError } from './errors.ts';

/** One request to an open route. `signal` aborts when the client leaves before the answer. */
export interface OpenCall {
  readonly request: Request;
  readonly response: Response;
  readonly signal: AbortSignal;
}

export interface Call extends OpenCall {
  readonly identity: Identity;
}

interface RouteBase {
  readonly method: 'get' | 'post' | 'delete';
  readonly path: string;
  /** What a body may be; `json` when not said. `batch` is JSON up to 64 MiB, gzip welcome. `unread`: the handler reads it itself. */
  readonly body?: 'json' | 'form' | 'batch' | 'unread';
}

/** `ingest` is for ingest tokens only; a role admits that role and those above. */
export interface GuardedRoute extends RouteBase {
  readonly access: Role | 'ingest';
  /** What is returned is sent as JSON, bytes as JSON that is ready, `undefined` as 204; a handler that has answered itself returns undefined too. */
  answer(call: Call): unknown;
}

/** Open to the world. There are few: the sign-in and the health of the process. */
export interface OpenRoute extends RouteBase {
  readonly access: 'open';
  answer(call: OpenCall): unknown;
}

export type Route = GuardedRoute | OpenRoute;

/** The routes of the Prometheus API that take their parameters from the address or from a form. */
export function bothMethods(path: string, answer: (call: Call) => unknown): readonly Route[] {
  return [
    { method: 'get', path, access: 'viewer', answer },
    { method: 'post', path, access: 'viewer', body: 'form', answer },
  ];
}

export interface MountDeps {
  readonly authenticator: Pick<Authenticator, 'authenticate'>;
  readonly externalOrigin: string | null;
}

const BODY_PARSERS = {
  json: express.json({ limit: '256kb' }),
  form: express.urlencoded({ extended: false, limit: '1mb', parameterLimit: 1000 }),
  batch: express.json({ limit: '64mb' }),
} as const;

/** Mounts routes so that nobody reaches a body parser, let alone a handler, without having been let in. */
export function mountRoutes(app: Express, routes: readonly Route[], deps: MountDeps): void {
  for (const route of routes) {
    const parseBody = route.method === 'get' || route.body === 'unread' ? [] : [BODY_PARSERS[route.body ?? 'json']];
    app[route.method](route.path, admit(route, deps), ...parseBody, respond(route));
  }
}

function admit(route: Route, deps: MountDeps): RequestHandler {
  return async (request, response, next) => {
    response.locals.route = route.path;
    response.set('cache-control', 'no-store');
    if (route.method !== 'get') {
      refuseForeignPages(request, deps.externalOrigin);
    }
    if (route.access !== 'open') {
      const identity = await deps.authenticator.authenticate(request.headers);
      if (identity === null) {
        throw new UnauthenticatedError('sign in, or send a valid API token as "Authorization: Bearer tila_…"');
      }
      checkAccess(identity, route.access);
      response.locals.identity = identity;
    }
    next();
  };
}

/**
 * A page elsewhere can make a browser send our cookie along, and a name and password it was given once; it cannot make it send
 * our Origin, nor a bearer token.
 */
function refuseForeignPages(request: Request, externalOrigin: string | null): void {
  const isForeign = isFromBrowser(request.headers) && !isSameOrigin(request.headers, externalOrigin);
  const hasBearer = /^bearer\s/i.test(request.headers.authorization ?? '');
  if (!hasBearer && isForeign) {
    throw new ForbiddenError('this request comes from another site (Origin); set external_url if that is how people open Tila');
  }
}

function checkAccess(identity: Identity, access: Role | 'ingest'): void {
  const isIngestToken = identity.kind === 'token' && identity.scope === 'ingest';
  if (access === 'ingest' || isIngestToken) {
    if (access !== 'ingest' || !isIngestToken) {
      throw new ForbiddenError(isIngestToken ? 'an ingest token may only push samples' : 'this needs an ingest token');
    }
    return;
  }
  if (!roleIncludes(identity.role, access)) {
    throw new ForbiddenError(`this needs the role ${access}; you are ${identity.role}`);
  }
}

function respond(route: Route): RequestHandler {
  return async (request, response) => {
    const gone = new AbortController();
    if (response.closed) {
      return;
    }
    response.on('close', () => {
      if (!response.writableFinished) {
        gone.abort();
      }
    });
    const call = { request, response, signal: gone.signal };
    const value =
      route.access === 'open' ? await route.answer(call) : await route.answer({ ...call, identity: identityOf(response) });
    if (response.headersSent) {
      return;
    }
    if (value === undefined) {
      response.status(204).end();
    } else {
      await sendJson(call, value);
    }
  };
}

/** The caller of a guarded route; `undefined` on open ones. For the request log. */
export function callerOf(response: Response): Identity | undefined {
  // express types locals as any; only `admit` writes this key.
  return response.locals.identity as Identity | undefined;
}

function identityOf(response: Response): Identity {
  const identity = callerOf(response);
  if (identity === undefined) {
    throw new Error('guarded route reached without an identity');
  }
  return identity;
}

const compress = promisify(gzip);
const WORTH_COMPRESSING = 4096;

async function sendJson({ request, response }: OpenCall, value: unknown): Promise<void> {
  const text = value instanceof Uint8Array ? value : Buffer.from(JSON.stringify(value));
  response.type('application/json').vary('accept-encoding');
  if (text.length < WORTH_COMPRESSING || request.acceptsEncodings('gzip') === false) {
    response.send(text);
    return;
  }
  const body = await compress(text, { level: 1 });
  response.set('content-encoding', 'gzip').send(body);
}

/** A query parameter given once; `undefined` when absent or empty. @throws BadRequestError when repeated. */
export function queryText(request: Request, name: string): string | undefined {
  const value = request.query[name];
  if (value !== undefined && typeof value !== 'string') {
    throw new BadRequestError(`query parameter ${JSON.stringify(name)} may be given only once`);
  }
  return value === '' ? undefined : value;
}

/** `limit` as a whole number from 1 to `max`. @throws BadRequestError */
export function queryLimit(request: Request, fallback: number, max: number): number {
  const text = queryText(request, 'limit') ?? String(fallback);
  const limit = Number(text);
  if (!Number.isInteger(limit) || limit < 1 || limit > max) {
    throw new BadRequestError(`query parameter "limit" is ${JSON.stringify(text)}; give a whole number from 1 to ${max}`);
  }
  return limit;
}

/** A parameter of the path, decoded. */
export function pathText(request: Request, name: string): string {
  const value = request.params[name];
  return typeof value === 'string' ? value : '';
}

/** The client's address for limits and the audit log, as far as the trusted proxies tell it. */
export function addressOf(request: Request): string {
  return request.ip ?? '';
}
