import { randomUUID } from 'node:crypto';
import type { Server as HttpServer } from 'node:http';
import { type FeedMessage, Subscribe, topicKey, Unsubscribe } from '@tila/contract/feed.ts';
import { type Socket as AnySocket, Server } from 'socket.io';
import type { Authenticator, RequestHeaders } from '../auth/authenticator.ts';
import type { Identity } from '../auth/identity.ts';
import { isSameOrigin } from '../auth/same-origin.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Logger } from '../runtime/logger.ts';
import { FeedClient, type Update } from './feed-client.ts';
import { TopicDirectory, type TopicSources } from './topic-directory.ts';

export interface FeedMetrics {
  /** Browsers connected now. */
  clients(count: number): void;
  messagesSent(count: number): void;
  /** A client fell so far behind that it got a snapshot instead of what it missed. */
  resynced(count: number): void;
}

/** Something whose credentials can end early. */
interface Revoking {
  onRevoked(listener: (id: string) => void): () => void;
}

export interface FeedGatewayDeps extends TopicSources {
  /** The gateway answers its `/socket.io/` and nothing else. */
  readonly server: HttpServer;
  readonly clock: Clock;
  readonly log: Logger;
  readonly authenticator: Pick<Authenticator, 'authenticate'>;
  readonly sessions: Revoking;
  readonly tokens: Revoking;
  /** Origin of the configured external URL, `null` without one. */
  readonly externalOrigin: string | null;
  readonly metrics: FeedMetrics;
}

interface ClientEvents {
  subscribe: (body: unknown) => void;
  unsubscribe: (body: unknown) => void;
}
interface ServerEvents {
  feed: (message: FeedMessage) => void;
}
interface SocketState {
  identity: Identity;
}
type Socket = AnySocket<ClientEvents, ServerEvents, Record<string, never>, SocketState>;

/** After a quiet time changes wait this long for others of the same moment; then the next message waits for the tick. */
const LEADING_MS = 10;
/** Between messages that carry an alert, an incident or a tile. */
const URGENT_TICK_MS = 40;
const TICK_MS = 150;
const MAX_TOPICS = 200;
const MAX_PACKETS_WAITING = 8;
const REAUTHENTICATE_MS = 60_000;

/**
 * The live feed on socket.io. One message a client and tick; clients that need exactly the same get the same encoded bytes.
 * A client whose connection is full gets nothing more until it has drained, and then what it missed as deltas, or a
 * snapshot when that is too long ago: nothing is ever queued for it here.
 */
export class FeedGateway implements AsyncDisposable {
  readonly #deps: FeedGatewayDeps;
  readonly #io: Server<ClientEvents, ServerEvents, Record<string, never>, SocketState>;
  readonly #topics: TopicDirectory;
  readonly #clients = new Map<Socket, FeedClient>();
  readonly #epoch = randomUUID();
  readonly #stops: (() => void)[] = [];
  #cancelFlush: () => void = () => undefined;
  #flushDueAt = Number.POSITIVE_INFINITY;
  #flushedAt = Number.NEGATIVE_INFINITY;

  constructor(deps: FeedGatewayDeps) {
    this.#deps = deps;
    this.#topics = new TopicDirectory(deps, {
      urgent: () => this.#scheduleFlush(URGENT_TICK_MS),
      steady: () => this.#scheduleFlush(TICK_MS),
    });
    this.#io = new Server(deps.server, {
      serveClient: false,
      connectTimeout: 10_000,
      maxHttpBufferSize: 1_000_000,
      allowRequest: (request, decide) => decide(null, mayConnect(request.headers, deps.externalOrigin)),
    });
    this.#io.use((socket, next) => {
      this.#admit(socket).then(() => next(), next);
    });
    this.#io.on('connection', (socket) => this.#connected(socket));
    this.#stops.push(
      deps.sessions.onRevoked((hash) => this.#disconnect(({ kind, ...who }) => 'sessionHash' in who && who.sessionHash === hash)),
      deps.tokens.onRevoked((id) => this.#disconnect(({ kind, ...who }) => 'tokenId' in who && who.tokenId === id)),
    );
    this.#reauthenticateLater();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#cancelFlush();
    for (const stop of this.#stops) {
      stop();
    }
    this.#topics[Symbol.dispose]();
    this.#io.disconnectSockets(true);
    this.#io.engine.close();
  }

  async #admit(socket: Socket): Promise<void> {
    const identity = await this.#deps.authenticator.authenticate(socket.request.headers);
    if (identity === null || (identity.kind === 'token' && identity.scope === 'ingest')) {
      throw new Error('unauthenticated');
    }
    socket.data.identity = identity;
  }

  #connected(socket: Socket): void {
    const client = new FeedClient();
    this.#clients.set(socket, client);
    this.#deps.metrics.clients(this.#clients.size);
    socket.on('subscribe', (body) => this.#subscribe(client, body));
    socket.on('unsubscribe', (body) => this.#unsubscribe(client, body));
    socket.conn.on('drain', () => this.#drained(client));
    socket.on('disconnect', () => {
      this.#clients.delete(socket);
      this.#deps.metrics.clients(this.#clients.size);
      for (const key of client.keys()) {
        this.#topics.release(key);
      }
    });
  }

  #subscribe(client: FeedClient, body: unknown): void {
    const wanted = Subscribe.safeParse(body);
    if (!wanted.success) {
      this.#deps.log.debug({ problem: wanted.error.message }, 'subscription refused');
      return;
    }
    for (const { topic, since } of wanted.data.topics) {
      const isNew = !client.watches(topicKey(topic));
      if (isNew && client.size >= MAX_TOPICS) {
        this.#deps.log.debug({ limit: MAX_TOPICS }, 'client watches too many topics');
        return;
      }
      const open = this.#topics.acquire(topic);
      if (!isNew) {
        this.#topics.release(open.key);
      }
      client.watch(open, since?.epoch === this.#epoch ? since.seq : null);
    }
    this.#scheduleFlush(TICK_MS);
  }

  #unsubscribe(client: FeedClient, body: unknown): void {
    const unwanted = Unsubscribe.safeParse(body);
    for (const topic of unwanted.data?.topics ?? []) {
      const key = topicKey(topic);
      if (client.unwatch(key)) {
        this.#topics.release(key);
      }
    }
  }

  #drained(client: FeedClient): void {
    if (client.due() !== null) {
      this.#scheduleFlush(TICK_MS);
    }
  }

  /** Flushes when `tickMs` have passed since the last flush; an earlier flush that is due already takes everything along. */
  #scheduleFlush(tickMs: number): void {
    const now = this.#deps.clock.now();
    const dueAt = Math.max(this.#flushedAt + tickMs, now + LEADING_MS);
    if (dueAt < this.#flushDueAt) {
      this.#cancelFlush();
      this.#flushDueAt = dueAt;
      this.#cancelFlush = this.#deps.clock.after(dueAt - now, () => this.#flush());
    }
  }

  #flush(): void {
    this.#flushDueAt = Number.POSITIVE_INFINITY;
    this.#flushedAt = this.#deps.clock.now();
    for (const { topic } of this.#topics.all()) {
      topic.cut();
    }
    const groups = new Map<string, { readonly updates: readonly Update[]; readonly ids: string[] }>();
    for (const [socket, client] of this.#clients) {
      const due = isFull(socket) ? null : client.due();
      if (due === null) {
        continue;
      }
      const group = groups.get(due.key) ?? { updates: due.updates(), ids: [] };
      groups.set(due.key, group);
      group.ids.push(socket.id);
      this.#deps.metrics.resynced(client.sent());
    }
    for (const { ids, updates } of groups.values()) {
      this.#io.to(ids).emit('feed', { epoch: this.#epoch, at: this.#flushedAt, updates });
      this.#deps.metrics.messagesSent(ids.length);
    }
  }

  #disconnect(isMeant: (identity: Identity) => boolean): void {
    for (const socket of [...this.#clients.keys()].filter(({ data }) => isMeant(data.identity))) {
      socket.disconnect(true);
    }
  }

  /** Sessions and tokens also end by themselves. */
  #reauthenticateLater(): void {
    let cancel = (): void => undefined;
    const again = (): void => {
      cancel = this.#deps.clock.after(REAUTHENTICATE_MS, () => {
        again();
        for (const socket of this.#clients.keys()) {
          this.#admit(socket).catch(() => socket.disconnect(true));
        }
      });
    };
    again();
    this.#stops.push(() => cancel());
  }
}

/**
 * Cookies go with any page's WebSocket, so only our own page's may come with one; programs come with a token. Polling by our
 * own page over plain http states no origin at all, and a foreign page could neither hide its origin nor read the answer.
 */
function mayConnect(headers: RequestHeaders, externalOrigin: string | null): boolean {
  const saysNothing = headers.origin === undefined && headers['sec-fetch-site'] === undefined;
  const isSilentPolling = saysNothing && headers.upgrade === undefined;
  return headers.authorization !== undefined || isSilentPolling || isSameOrigin(headers, externalOrigin);
}

/** The kernel's buffer is full and packets wait in ours. */
function isFull(socket: Socket): boolean {
  const { conn } = socket;
  // engine.io keeps packets here while its transport is not writable; it is public but not in its types.
  return (conn as unknown as { writeBuffer: readonly unknown[] }).writeBuffer.length >= MAX_PACKETS_WAITING;
}
