import { queryOptions } from '@tanstack/react-query';
import type { DashboardView } from '@tila/contract/dashboards.ts';
import { request } from '../../api/client.ts';
import { queryRange, type RangeQuery } from '../../api/query-range.ts';
import type { ServiceEntity } from './entity.ts';

const EMPTY_AGAIN_MS = 5000;

export function serviceDashboards(entity: ServiceEntity) {
  const search = new URLSearchParams({ for: 'service', ...entity });
  return queryOptions({
    queryKey: ['dashboards', entity],
    queryFn: ({ signal }) => request<DashboardView[]>(`/api/dashboards?${search}`, { signal }),
    staleTime: 60_000,
    // A service whose history is still being copied has panels as soon as its newest samples are here.
    refetchInterval: ({ state }) => (state.data?.length === 0 ? EMPTY_AGAIN_MS : false),
  });
}

/** A range as the store has it; `growing` ranges are asked again every step. */
export function rangeResult(query: RangeQuery, growing: boolean) {
  return queryOptions({
    queryKey: ['query-range', query.expr, query.fromMs, growing ? 'growing' : query.toMs, query.stepMs, query.pixels],
    queryFn: ({ signal }) => queryRange(query, { signal }),
    staleTime: growing ? 0 : Number.POSITIVE_INFINITY,
    ...(growing ? { refetchInterval: Math.max(5000, query.stepMs) } : {}),
  });
}
