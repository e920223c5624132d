import type { RequestHandler } from 'express';
import { MethodNotAllowedError } from './errors.ts';
import type { Route } from './route.ts';

/**
 * Answers requests to known paths by methods they do not have: OPTIONS with the methods they have, and no leave for pages of
 * other sites; anything else with 405, after which Prometheus' Go client tries GET where it tried POST.
 */
export function otherMethods(routes: readonly Pick<Route, 'method' | 'path'>[]): RequestHandler {
  const byPath = Map.groupBy(routes, ({ path }) => path);
  const known = [...byPath].map(([path, same]) => ({ parts: partsOf(path), allow: allowOf(same) }));
  return (request, response, next) => {
    const asked = partsOf(request.path);
    const allow = known.find(({ parts }) => isSamePath(parts, asked))?.allow;
    if (allow === undefined) {
      next();
      return;
    }
    response.set('allow', allow);
    if (request.method !== 'OPTIONS') {
      throw new MethodNotAllowedError(`${request.path} is asked by ${allow}, not ${request.method}`);
    }
    response.status(204).end();
  };
}

/** As express compares them: without regard to case and to a slash at the end. */
function partsOf(path: string): readonly string[] {
  return path.toLowerCase().replace(/\/$/, '').split('/');
}

function isSamePath(parts: readonly string[], asked: readonly string[]): boolean {
  return (
    parts.length === asked.length && parts.every((part, at) => part === asked[at] || (part.startsWith(':') && asked[at] !== ''))
  );
}

function allowOf(routes: readonly Pick<Route, 'method'>[]): string {
  return [...new Set([...routes.map(({ method }) => method.toUpperCase()), 'OPTIONS'])].sort().join(', ');
}
