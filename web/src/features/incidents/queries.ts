import { queryOptions } from '@tanstack/react-query';
import type { DeliveryView } from '@tila/contract/deliveries.ts';
import type { IncidentDetail, PostableNote } from '@tila/contract/incidents.ts';
import { request } from '../../api/client.ts';

const base = (id: string) => `/api/incidents/${encodeURIComponent(id)}`;

/** Asked again whenever the feed's version of the incident changes; the old answer stays until the new one is there. */
export function incidentDetail(id: string, version: number) {
  return queryOptions({
    queryKey: ['incident', id, version],
    queryFn: ({ signal }) => request<IncidentDetail>(base(id), { signal }),
    placeholderData: (previous) => previous,
  });
}

export function incidentDeliveries(id: string, version: number) {
  return queryOptions({
    queryKey: ['deliveries', id, version],
    queryFn: ({ signal }) => request<DeliveryView[]>(`/api/deliveries?${new URLSearchParams({ incident: id })}`, { signal }),
    placeholderData: (previous) => previous,
    refetchInterval: 15_000,
  });
}

export function acknowledge(id: string): Promise<void> {
  return request(`${base(id)}/acknowledge`, { method: 'POST', body: {} });
}

export function addNote(id: string, note: PostableNote): Promise<void> {
  return request(`${base(id)}/notes`, { method: 'POST', body: note });
}

/** Where the Markdown of an incident is. */
export function exportPath(id: string): string {
  return `${base(id)}/export.md`;
}
