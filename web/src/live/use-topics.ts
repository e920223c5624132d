import { skipToken, useQueries } from '@tanstack/react-query';
import type { PanelSeries, Topic } from '@tila/contract/feed.ts';
import { useEffect } from 'react';
import { useFeedClient } from './live-provider.tsx';
import { topicKey } from './topic-key.ts';
import type { TopicState } from './topic-state.ts';

export type PanelTopicOf = Extract<Topic, { readonly kind: 'panel' }>;

/** Watches any number of panel topics while mounted; answers in their order, undefined until the first snapshot. */
export function usePanelTopics(topics: readonly PanelTopicOf[]): readonly (TopicState<PanelSeries> | undefined)[] {
  const client = useFeedClient();
  const keys = topics.map(topicKey);
  const all = JSON.stringify([...new Set(keys)]);
  useEffect(() => {
    // These are our own topics' JSON; the effect depends on their content and not on identity.
    const stops = (JSON.parse(all) as string[]).map((key) => client?.watch(JSON.parse(key) as Topic));
    return () => {
      for (const stop of stops) {
        stop?.();
      }
    };
  }, [client, all]);
  return useQueries({
    queries: keys.map((key) => ({ queryKey: ['feed', key], queryFn: skipToken, staleTime: Number.POSITIVE_INFINITY })),
    // The feed writes these entries, and only as topic states.
    combine: (results) => results.map((result) => result.data as TopicState<PanelSeries> | undefined),
  });
}
