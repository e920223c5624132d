import type { Position, TopicDelta, TopicError, TopicKey, TopicSnapshot } from '@tila/contract/feed.ts';
import type { OpenTopic } from './topic-directory.ts';

export type Update = TopicSnapshot | TopicDelta | TopicError;

/** What a client needs to be up to date: `key` is equal for clients that need exactly the same. */
export interface Due {
  readonly key: string;
  readonly topics: readonly OpenTopic[];
  updates(): readonly Update[];
}

interface Watch {
  readonly open: OpenTopic;
  /** Newest seq sent; `null` when a snapshot is needed. */
  sent: number | null;
  failure: string | null;
}

/** Which topics a browser watches and how far it has been told. Holds positions, never messages. */
export class FeedClient {
  readonly #watches = new Map<TopicKey, Watch>();

  get size(): number {
    return this.#watches.size;
  }

  watches(key: TopicKey): boolean {
    return this.#watches.has(key);
  }

  keys(): readonly TopicKey[] {
    return [...this.#watches.keys()];
  }

  /** Starts (or starts over) from a position, or from a snapshot. */
  watch(open: OpenTopic, since: Position['seq'] | null): void {
    this.#watches.set(open.key, { open, sent: since, failure: null });
  }

  unwatch(key: TopicKey): boolean {
    return this.#watches.delete(key);
  }

  /** What to send now, or `null` when up to date. Topics must be cut before. Advances only with `sent`. */
  due(): Due | null {
    const behind = [...this.#watches.values()].filter(isBehind);
    if (behind.length === 0) {
      return null;
    }
    return {
      key: behind.map(({ open, sent }) => `${open.number}@${open.topic.since(sent ?? -1) === null ? 's' : sent}`).join(),
      topics: behind.map(({ open }) => open),
      updates: () => behind.flatMap(updatesFor),
    };
  }

  /** Takes note that everything due has gone out. Returns how many topics fell so far behind that they started over. */
  sent(): number {
    let resynced = 0;
    for (const watch of this.#watches.values()) {
      const { failure, isReady, seq } = watch.open.topic;
      if (isReady) {
        resynced += Number(watch.sent !== null && watch.open.topic.since(watch.sent) === null);
        watch.sent = seq;
      }
      watch.failure = failure;
    }
    return resynced;
  }
}

function isBehind({ open: { topic }, sent, failure }: Watch): boolean {
  return topic.failure === null ? topic.isReady && topic.seq !== sent : topic.failure !== failure;
}

function updatesFor({ open: { key, topic }, sent }: Watch): readonly Update[] {
  if (topic.failure !== null) {
    return [{ kind: 'error', topic: key, message: topic.failure }];
  }
  const deltas = sent === null ? null : topic.since(sent);
  if (deltas === null) {
    return [{ kind: 'snapshot', topic: key, seq: topic.seq, items: topic.snapshot() }];
  }
  return deltas.map((delta): TopicDelta => ({ kind: 'delta', topic: key, ...delta }));
}
