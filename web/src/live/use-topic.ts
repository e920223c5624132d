import { useQuery, useQueryClient } from '@tanstack/react-query';
import type { Topic, TopicItems } from '@tila/contract/feed.ts';
import { useEffect } from 'react';
import { request } from '../api/client.ts';
import { useFeedClient } from './live-provider.tsx';
import { topicKey } from './topic-key.ts';
import type { TopicState } from './topic-state.ts';

export interface TopicSeed<Item> {
  /** Where the same items can be had as a list, to show something before the socket is up. */
  readonly path: string;
  readonly keyOf: (item: Item) => string;
}

export interface TopicView<Item> {
  /** Undefined until the first answer. */
  readonly items: Readonly<Record<string, Item>> | undefined;
  /** What the server says is wrong with the topic, or why nothing could be had at all. */
  readonly error: Error | null;
  readonly retry: () => void;
}

type TopicOf<Kind extends keyof TopicItems> = Extract<Topic, { readonly kind: Kind }>;

/** Watches a topic while mounted. Give the same topic object content for the same subscription; null watches nothing. */
export function useTopic<Kind extends keyof TopicItems>(
  topic: TopicOf<Kind> | null,
  seed?: TopicSeed<TopicItems[Kind]>,
): TopicView<TopicItems[Kind]> {
  type State = TopicState<TopicItems[Kind]>;
  const client = useFeedClient();
  const queries = useQueryClient();
  const key = topic === null ? '' : topicKey(topic);
  useEffect(() => {
    // The key is the topic's JSON, so the effect depends on content and not on identity.
    return key === '' ? undefined : client?.watch(JSON.parse(key) as Topic);
  }, [client, key]);
  const queryKey = ['feed', key];
  const query = useQuery({
    queryKey,
    enabled: topic !== null && seed !== undefined,
    staleTime: Number.POSITIVE_INFINITY,
    retry: false,
    queryFn: async ({ signal }): Promise<State> => {
      const fetched = await seedState<TopicItems[Kind]>(seed, signal);
      return queries.getQueryData<State>(queryKey) ?? fetched;
    },
  });
  return {
    items: topic === null ? undefined : query.data?.items,
    error: topicError(query.data, query.error),
    retry: () => void query.refetch(),
  };
}

function topicError(state: TopicState | undefined, failure: Error | null): Error | null {
  if (state === undefined) {
    return failure;
  }
  return state.error === null ? null : new Error(state.error);
}

async function seedState<Item>(seed: TopicSeed<Item> | undefined, signal: AbortSignal): Promise<TopicState<Item>> {
  if (seed === undefined) {
    throw new Error('this topic comes over the feed only');
  }
  const items = await request<Item[]>(seed.path, { signal });
  return {
    epoch: '',
    seq: null,
    items: Object.fromEntries(items.map((item) => [seed.keyOf(item), item])),
    error: null,
    at: Date.now(),
  };
}
