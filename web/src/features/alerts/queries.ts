import { queryOptions } from '@tanstack/react-query';
import type { AlertHistoryEntry, AlertView } from '@tila/contract/alerts.ts';
import type { PostableSilence, SilenceMatcher, SilenceView } from '@tila/contract/silences.ts';
import { request } from '../../api/client.ts';

export function silences() {
  return queryOptions({
    queryKey: ['silences'],
    queryFn: ({ signal }) => request<SilenceView[]>('/api/silences', { signal }),
    refetchInterval: 30_000,
  });
}

export function alertHistory(fingerprint: string) {
  return queryOptions({
    queryKey: ['alert-history', fingerprint],
    queryFn: ({ signal }) => request<AlertHistoryEntry[]>(`/api/alerts/${encodeURIComponent(fingerprint)}/history`, { signal }),
  });
}

/** Which alerts these matchers would quiet now. */
export function silencePreview(matchers: readonly SilenceMatcher[]) {
  return queryOptions({
    queryKey: ['silence-preview', matchers],
    queryFn: ({ signal }) => request<AlertView[]>('/api/silences/preview', { method: 'POST', body: { matchers }, signal }),
    enabled: matchers.length > 0,
    retry: false,
  });
}

export function createSilence(silence: PostableSilence): Promise<SilenceView> {
  return request('/api/silences', { method: 'POST', body: silence });
}

export function expireSilence(id: string): Promise<void> {
  return request(`/api/silences/${encodeURIComponent(id)}`, { method: 'DELETE' });
}
