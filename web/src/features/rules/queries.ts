import { queryOptions } from '@tanstack/react-query';
import type { RuleGroupView } from '@tila/contract/rules.ts';
import { request } from '../../api/client.ts';

const REFRESH_MS = 10_000;

export function ruleGroups() {
  return queryOptions({
    queryKey: ['rules'],
    queryFn: ({ signal }) => request<RuleGroupView[]>('/api/rules', { signal }),
    refetchInterval: REFRESH_MS,
  });
}
