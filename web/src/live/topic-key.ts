import type { Topic, TopicKey } from '@tila/contract/feed.ts';

/** The contract's `topicKey`, written again because importing it would bundle zod. */
export function topicKey(topic: Topic): TopicKey {
  return JSON.stringify(topic, ['kind', 'id', 'expr', 'rangeMs', 'stepMs', 'pixels']);
}
