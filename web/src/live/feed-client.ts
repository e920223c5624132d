import type { FeedMessage, Position, Topic, TopicKey } from '@tila/contract/feed.ts';
import { topicKey } from './topic-key.ts';
import { applyUpdate, type TopicState } from './topic-state.ts';

const LINGER_MS = 5000;
const CLOCK_READINGS = 20;
/** A socket that neither opens nor fails within this is given a reason to show; it goes on trying. */
const SILENT_AFTER_MS = 8000;

/** The part of a socket the feed needs. Handlers stay for the socket's lifetime. */
export interface FeedSocket {
  emit(event: 'subscribe' | 'unsubscribe', body: unknown): void;
  onConnect(handler: () => void): void;
  onDisconnect(handler: () => void): void;
  onRefused(handler: (message: string) => void): void;
  /** Anything heard from the server, its heartbeat too. */
  onHeard(handler: () => void): void;
  onFeed(handler: (message: FeedMessage) => void): void;
  close(): void;
}

export interface FeedClientDeps {
  readonly socket: FeedSocket;
  readonly write: (topic: TopicKey, state: TopicState) => void;
  /** Runs the callback soon, at most once a frame. */
  readonly schedule: (flush: () => void) => void;
  readonly after: (ms: number, run: () => void) => void;
  readonly now: () => number;
}

export interface FeedStatus {
  readonly connection: 'connecting' | 'live' | 'reconnecting';
  /** This browser's clock when the server was last heard; null before the first time. */
  readonly heardAt: number | null;
  /** Server clock minus browser clock. */
  readonly clockOffsetMs: number;
  /** The server's reason when it refuses the connection. */
  readonly refused: string | null;
}

interface Watched {
  readonly topic: Topic;
  watchers: number;
  state: TopicState | null;
}

/**
 * Keeps every watched topic current over one socket: subscribes with a count of watchers, applies snapshots and deltas,
 * resumes after a reconnect from the last position, subscribes afresh on a gap, and hands changes on once a frame.
 */
export class FeedClient implements Disposable {
  readonly #deps: FeedClientDeps;
  readonly #topics = new Map<TopicKey, Watched>();
  readonly #dirty = new Set<TopicKey>();
  readonly #listeners = new Set<() => void>();
  readonly #offsets: number[] = [];
  #status: FeedStatus = { connection: 'connecting', heardAt: null, clockOffsetMs: 0, refused: null };

  constructor(deps: FeedClientDeps) {
    this.#deps = deps;
    deps.socket.onConnect(() => this.#connected());
    deps.socket.onDisconnect(() => this.#setStatus({ connection: 'reconnecting' }));
    deps.socket.onRefused((refused) => this.#setStatus({ refused, connection: this.#lost() }));
    deps.socket.onHeard(() => this.#setStatus({ heardAt: deps.now() }));
    deps.socket.onFeed((message) => this.#receive(message));
    deps.after(SILENT_AFTER_MS, () => this.#noticeSilence());
  }

  /** Watches a topic until the returned function is called. A topic lingers 5 s, so that going back costs nothing. */
  watch(topic: Topic): () => void {
    const key = topicKey(topic);
    const watched = this.#topics.get(key) ?? { topic, watchers: 0, state: null };
    watched.watchers += 1;
    if (!this.#topics.has(key)) {
      this.#topics.set(key, watched);
      this.#subscribe([watched]);
    }
    return () => {
      watched.watchers -= 1;
      this.#deps.after(LINGER_MS, () => this.#dropIdle(key));
    };
  }

  readonly status = (): FeedStatus => this.#status;

  /** Calls back on every change of `status()`; returns how to stop. */
  readonly onStatus = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  [Symbol.dispose](): void {
    this.#deps.socket.close();
  }

  #connected(): void {
    this.#setStatus({ connection: 'live', heardAt: this.#deps.now(), refused: null });
    this.#send([...this.#topics.values()]);
  }

  #noticeSilence(): void {
    if (this.#status.heardAt === null && this.#status.refused === null) {
      this.#setStatus({ refused: `no answer within ${SILENT_AFTER_MS / 1000} s` });
    }
  }

  #lost(): FeedStatus['connection'] {
    return this.#status.heardAt === null ? 'connecting' : 'reconnecting';
  }

  #subscribe(watched: readonly Watched[]): void {
    if (this.#status.connection === 'live') {
      this.#send(watched);
    }
  }

  #send(watched: readonly Watched[]): void {
    if (watched.length > 0) {
      this.#deps.socket.emit('subscribe', { topics: watched.map(({ topic, state }) => ({ topic, ...since(state) })) });
    }
  }

  #dropIdle(key: TopicKey): void {
    const watched = this.#topics.get(key);
    if (watched !== undefined && watched.watchers === 0) {
      this.#topics.delete(key);
      this.#deps.socket.emit('unsubscribe', { topics: [watched.topic] });
    }
  }

  #receive(message: FeedMessage): void {
    for (const update of message.updates) {
      const watched = this.#topics.get(update.topic);
      if (watched !== undefined) {
        this.#apply(watched, update, message);
      }
    }
    const now = this.#deps.now();
    this.#offsets.push(message.at - now);
    if (this.#offsets.length > CLOCK_READINGS) {
      this.#offsets.shift();
    }
    // The message that travelled fastest shows the offset best; the others look as if our clock ran ahead.
    this.#setStatus({ heardAt: now, clockOffsetMs: Math.max(...this.#offsets) });
  }

  #apply(watched: Watched, update: FeedMessage['updates'][number], { epoch, at }: FeedMessage): void {
    const range = watched.topic.kind === 'panel' ? { rangeMs: watched.topic.rangeMs } : {};
    const applied = applyUpdate(watched.state, update, { epoch, at, ...range });
    if (applied.outcome === 'gap') {
      watched.state = null;
      this.#subscribe([watched]);
    }
    if (applied.outcome === 'changed') {
      watched.state = applied.state;
      this.#markDirty(update.topic);
    }
  }

  #markDirty(key: TopicKey): void {
    if (this.#dirty.size === 0) {
      this.#deps.schedule(() => this.#flush());
    }
    this.#dirty.add(key);
  }

  #flush(): void {
    for (const key of this.#dirty) {
      const state = this.#topics.get(key)?.state;
      if (state !== undefined && state !== null) {
        this.#deps.write(key, state);
      }
    }
    this.#dirty.clear();
  }

  #setStatus(change: Partial<FeedStatus>): void {
    this.#status = { ...this.#status, ...change };
    for (const listener of this.#listeners) {
      listener();
    }
  }
}

function since(state: TopicState | null): { since?: Position } {
  return state === null || state.seq === null ? {} : { since: { epoch: state.epoch, seq: state.seq } };
}
