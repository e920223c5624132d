import { PostableToken } from '@tila/contract/tokens.ts';
import type { HttpDeps } from '../deps.ts';
import { BadRequestError } from '../errors.ts';
import { addressOf, pathText, queryLimit, queryText, type Route } from '../route.ts';

export type AdminRouteDeps = Pick<HttpDeps, 'auth' | 'reload'>;

/** What only admins do: API tokens, the audit log, reading the configuration again. */
export function adminRoutes(deps: AdminRouteDeps): readonly Route[] {
  const { audit, tokens } = deps.auth;
  return [
    { method: 'get', path: '/api/tokens', access: 'admin', answer: () => tokens.list() },
    {
      method: 'post',
      path: '/api/tokens',
      access: 'admin',
      answer: async ({ identity, request }) => {
        const { expiresAt = null, ...wanted } = PostableToken.parse(request.body);
        const created = await tokens.create({ ...wanted, expiresAt, createdBy: identity.name });
        const detail = `${wanted.name}: ${wanted.scope === 'ingest' ? 'ingest' : wanted.role}`;
        const target = created.token.id;
        await audit.record({ actor: identity.name, action: 'token.created', target, detail, ip: addressOf(request) });
        return created;
      },
    },
    {
      method: 'delete',
      path: '/api/tokens/:id',
      access: 'admin',
      answer: async ({ identity, request }) => {
        const target = pathText(request, 'id');
        await tokens.revoke(target);
        await audit.record({ actor: identity.name, action: 'token.revoked', target, ip: addressOf(request) });
      },
    },
    {
      method: 'get',
      path: '/api/audit',
      access: 'admin',
      answer: ({ request }) => {
        const limit = queryLimit(request, 100, 1000);
        const before = queryText(request, 'before');
        return audit.list(before === undefined ? { limit } : { limit, beforeId: Number(before) || 0 });
      },
    },
    {
      method: 'post',
      path: '/api/admin/reload',
      access: 'admin',
      answer: async ({ identity, request }) => {
        const problems = await deps.reload();
        const outcome = problems.length === 0 ? 'ok' : 'failed';
        await audit.record({ actor: identity.name, action: 'config.reloaded', outcome, ip: addressOf(request) });
        if (problems.length > 0) {
          throw new BadRequestError(`nothing was changed:\n${problems.join('\n')}`);
        }
      },
    },
  ];
}
