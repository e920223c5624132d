import { queryOptions } from '@tanstack/react-query';
import type { Role } from '@tila/contract/session.ts';
import { request } from '../../api/client.ts';

export interface ApiToken {
  readonly id: string;
  readonly name: string;
  readonly role: Role;
  readonly scope: string;
  readonly lastUsedAt: number | null;
}

export interface NewApiToken {
  readonly name: string;
  readonly role: Role;
  readonly scope: 'api';
}

export function apiTokens() {
  return queryOptions({ queryKey: ['tokens'], queryFn: ({ signal }) => request<ApiToken[]>('/api/tokens', { signal }) });
}

export function createToken(token: NewApiToken): Promise<{ readonly token: ApiToken; readonly secret: string }> {
  return request('/api/tokens', { method: 'POST', body: token });
}

export function revokeToken(id: string): Promise<void> {
  return request(`/api/tokens/${encodeURIComponent(id)}`, { method: 'DELETE' });
}
