import type { HttpDeps } from '../deps.ts';
import { NotFoundError } from '../errors.ts';
import { pathText, type Route } from '../route.ts';

/** Runbooks as they are written. The page shows them, so that a link from a message works with its strict session cookie. */
export function runbookRoutes({ runbooks }: Pick<HttpDeps, 'runbooks'>): readonly Route[] {
  return [
    {
      method: 'get',
      path: '/api/runbooks/:name',
      access: 'viewer',
      answer: async ({ request }) => {
        const name = pathText(request, 'name');
        const text = await runbooks.read(name);
        if (text === undefined) {
          throw new NotFoundError(`there is no runbook ${name}`);
        }
        return { name, text };
      },
    },
  ];
}
