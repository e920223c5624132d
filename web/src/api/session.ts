import { queryOptions, useQuery } from '@tanstack/react-query';
import type { Role, SessionView } from '@tila/contract/session.ts';
import { ApiError, request } from './client.ts';

/** Who is signed in; null when nobody is. */
export function sessionQuery() {
  return queryOptions({
    queryKey: ['session'],
    queryFn: async ({ signal }): Promise<SessionView | null> => {
      try {
        return await request<SessionView>('/api/session', { signal });
      } catch (error) {
        if (error instanceof ApiError && error.status === 401) {
          return null;
        }
        throw error;
      }
    },
    staleTime: 60_000,
    refetchInterval: 300_000,
  });
}

/** The session of the page; null before it is known and after it ended. */
export function useSession(): SessionView | null {
  return useQuery(sessionQuery()).data ?? null;
}

const RANK: Readonly<Record<Role, number>> = { viewer: 0, responder: 1, admin: 2 };

/** May this session do what needs `role`? The server decides; this only hides what it would refuse. */
export function allows(session: SessionView | null, role: Role): boolean {
  return session !== null && RANK[session.role] >= RANK[role];
}
