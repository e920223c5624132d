import { PostableNote } from '@tila/contract/incidents.ts';
import type { HttpDeps } from '../deps.ts';
import { NotFoundError } from '../errors.ts';
import { addressOf, pathText, type Route } from '../route.ts';

export type IncidentRouteDeps = Pick<HttpDeps, 'incidents' | 'auth'>;

/** Incidents, their timelines, and what people add to them. */
export function incidentRoutes(deps: IncidentRouteDeps): readonly Route[] {
  const { audit } = deps.auth;
  return [
    { method: 'get', path: '/api/incidents', access: 'viewer', answer: () => deps.incidents.list() },
    {
      method: 'get',
      path: '/api/incidents/:id',
      access: 'viewer',
      answer: async ({ request }) => {
        const id = pathText(request, 'id');
        return found(await deps.incidents.detail(id), id);
      },
    },
    {
      method: 'post',
      path: '/api/incidents/:id/notes',
      access: 'responder',
      answer: async ({ identity, request }) => {
        const id = pathText(request, 'id');
        const entry = found(await deps.incidents.addNote(id, PostableNote.parse(request.body), identity.name), id);
        await audit.record({ actor: identity.name, action: 'incident.note_added', target: id, ip: addressOf(request) });
        return entry;
      },
    },
    {
      method: 'post',
      path: '/api/incidents/:id/acknowledge',
      access: 'responder',
      answer: async ({ identity, request }) => {
        const id = pathText(request, 'id');
        const incident = found(await deps.incidents.acknowledge(id, identity.name), id);
        await audit.record({ actor: identity.name, action: 'incident.acknowledged', target: id, ip: addressOf(request) });
        return incident;
      },
    },
    {
      method: 'get',
      path: '/api/incidents/:id/export.md',
      access: 'viewer',
      answer: async ({ request, response }) => {
        const id = pathText(request, 'id');
        const markdown = found(await deps.incidents.exportMarkdown(id), id);
        const name = `incident-${id.replace(/[^\w-]/g, '_')}.md`;
        response.attachment(name).type('text/markdown; charset=utf-8').send(markdown);
      },
    },
  ];
}

function found<T>(thing: T | undefined, id: string): T {
  if (thing === undefined) {
    throw new NotFoundError(`incident ${id} does not exist`);
  }
  return thing;
}
