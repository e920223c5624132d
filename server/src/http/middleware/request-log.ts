import { randomUUID } from 'node:crypto';
import type { RequestHandler } from 'express';
import type { Clock } from '../../runtime/clock.ts';
import type { Logger } from '../../runtime/logger.ts';
import type { ObservedRequest } from '../deps.ts';
import { callerOf } from '../route.ts';

export interface RequestLogDeps {
  readonly clock: Clock;
  readonly log: Logger;
  observe(request: ObservedRequest): void;
}

/**
 * Gives each request an id (also sent back as X-Request-Id), times it, and logs it when answered: changes at info, reads at debug.
 * Logs the route's pattern and never the address, headers or body: those can hold secrets and hostile text.
 */
export function requestLog(deps: RequestLogDeps): RequestHandler {
  return (request, response, next) => {
    const requestId = randomUUID();
    const startedAt = deps.clock.now();
    response.set('x-request-id', requestId);
    response.on('close', () => {
      const durationMs = deps.clock.now() - startedAt;
      const route = typeof response.locals.route === 'string' ? response.locals.route : 'other';
      const status = response.writableFinished ? response.statusCode : 499;
      deps.observe({ method: request.method, route, status, seconds: durationMs / 1000 });
      const fields = { requestId, method: request.method, route, status, durationMs, caller: callerOf(response)?.name };
      deps.log[request.method === 'GET' ? 'debug' : 'info'](fields, 'request answered');
    });
    next();
  };
}
