import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type FeedMessage, type PanelSeries, type Position, type Topic, topicKey } from '@tila/contract/feed.ts';
import type { IncidentView } from '@tila/contract/incidents.ts';
import type { Tile } from '@tila/contract/overview.ts';
import { io, type Socket } from 'socket.io-client';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Identity } from '../auth/identity.ts';
import { NO_STANDING } from '../overview/alert-status.ts';
import type { PanelQueryRange, PanelUpdate } from '../overview/panel-source.ts';
import { systemClock } from '../runtime/clock.ts';
import { silentLogger } from '../runtime/logger.ts';
import { FeedGateway } from './feed-gateway.ts';

const OVERVIEW: Topic = { kind: 'overview' };
const PANEL = { kind: 'panel', expr: 'up', rangeMs: 60_000, stepMs: 1000 } as const;

/** Calls everyone who listens; what the fakes are made of. */
class Signal<T> {
  readonly listeners = new Set<(value: T) => void>();
  readonly subscribe = (listener: (value: T) => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };
  emit(value: T): void {
    for (const listener of this.listeners) {
      listener(value);
    }
  }
}

/** What a browser shows: applies updates, and subscribes again without a position when it sees a gap. */
class Mirror {
  readonly topics = new Map<string, { seq: number; items: Map<string, unknown> }>();
  readonly kinds: string[] = [];
  readonly errors: string[] = [];
  messages = 0;
  epoch = '';
  readonly socket: Socket;
  drop = 0;

  constructor(socket: Socket) {
    this.socket = socket;
    socket.on('feed', (message: FeedMessage) => {
      if (this.drop > 0) {
        this.drop -= 1;
        return;
      }
      this.messages += 1;
      this.epoch = message.epoch;
      for (const update of message.updates) {
        this.#apply(update);
      }
    });
  }

  watch(topic: Topic, since?: Position): void {
    this.socket.emit('subscribe', { topics: [{ topic, ...(since && { since }) }] });
  }

  items(topic: Topic): Record<string, unknown> {
    return Object.fromEntries(this.topics.get(topicKey(topic))?.items ?? []);
  }

  position(topic: Topic): Position {
    return { epoch: this.epoch, seq: this.topics.get(topicKey(topic))?.seq ?? -1 };
  }

  #apply(update: FeedMessage['updates'][number]): void {
    this.kinds.push(update.kind);
    if (update.kind === 'error') {
      this.errors.push(update.message);
      return;
    }
    if (update.kind === 'snapshot') {
      this.topics.set(update.topic, { seq: update.seq, items: new Map(Object.entries(update.items)) });
      return;
    }
    const known = this.topics.get(update.topic);
    if (known === undefined || update.seq !== known.seq + 1) {
      this.kinds.push('gap');
      this.topics.delete(update.topic);
      this.watch(JSON.parse(update.topic));
      return;
    }
    known.seq = update.seq;
    for (const [key, item] of Object.entries(update.set)) {
      known.items.set(key, item);
    }
    for (const key of update.remove) {
      known.items.delete(key);
    }
  }
}

const ADMIN: Identity = {
  kind: 'session',
  name: 'admin',
  role: 'admin',
  sessionHash: 'h1',
  expiresAt: 1e15,
  mustSetPassword: false,
};
const tile = (service: string, reason: string): Tile => ({
  environment: 'prod',
  cluster: 'main',
  service,
  status: 'ok',
  reason,
  since: null,
  firing: 0,
  pending: 0,
  acknowledged: false,
  silenced: 0,
  inhibited: 0,
  sparkline: { title: '', unit: 'short', points: [] },
  newestSampleAt: null,
});

let server: Server;
let gateway: FeedGateway;
let origin: string;
let resyncs: number;
let clients: Mirror[];
let watching: number;
let failing: boolean;
let panel: (update: PanelUpdate) => void;
let asked: PanelQueryRange[];
const tiles = new Signal<{ set: readonly Tile[]; remove: readonly string[] }>();
const incidents = new Signal<IncidentView>();
const revoked = new Signal<string>();

beforeEach(async () => {
  server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  resyncs = 0;
  watching = 0;
  asked = [];
  failing = true;
  clients = [];
  gateway = new FeedGateway({
    server,
    clock: systemClock,
    log: silentLogger,
    externalOrigin: null,
    authenticator: { authenticate: async ({ cookie }) => (cookie === 'tila_session=good' ? ADMIN : null) },
    sessions: { onRevoked: revoked.subscribe },
    tokens: { onRevoked: () => () => undefined },
    metrics: { clients: () => undefined, messagesSent: () => undefined, resynced: (count) => (resyncs += count) },
    overview: { tiles: () => [tile('pay', 'start')], subscribe: tiles.subscribe },
    alerts: { current: () => [], subscribe: () => ({ snapshot: [], unsubscribe: () => undefined }) },
    alertStatus: { statusOf: () => NO_STANDING, subscribe: () => () => undefined },
    incidents: { current: () => [], subscribe: incidents.subscribe },
    sources: { list: () => [], subscribe: () => () => undefined },
    panels: {
      watch: async (query, listener) => {
        const { expr } = query;
        asked.push(query);
        if (expr === 'bad' || (expr === 'flaky' && failing)) {
          failing = false;
          throw new Error('1:1: parse error: bad');
        }
        watching += 1;
        panel = listener;
        return { snapshot: { s: { labels: {}, points: [[1000, 1]] } satisfies PanelSeries }, unsubscribe: () => (watching -= 1) };
      },
    },
  });
});

afterEach(async () => {
  for (const { socket } of clients) {
    socket.disconnect();
  }
  await gateway[Symbol.asyncDispose]();
  server.closeAllConnections();
  server.close();
  tiles.listeners.clear();
});

function connect(headers: Record<string, string> = { cookie: 'tila_session=good', origin }): Mirror {
  const mirror = new Mirror(
    io(origin, { transports: ['websocket'], forceNew: true, reconnection: false, extraHeaders: headers }),
  );
  clients.push(mirror);
  return mirror;
}

async function watchOverview(): Promise<Mirror> {
  const mirror = connect();
  mirror.watch(OVERVIEW);
  await expect.poll(() => mirror.items(OVERVIEW)).toHaveProperty('prod/main/pay');
  return mirror;
}

const set = (reason: string): void => tiles.emit({ set: [tile('pay', reason)], remove: [] });
const reason = (mirror: Mirror): unknown => (mirror.items(OVERVIEW)['prod/main/pay'] as Tile | undefined)?.reason;

describe('who may connect', () => {
  it.for([
    { headers: { cookie: 'tila_session=bad' }, message: 'unauthenticated', own: true, why: 'a bad cookie' },
    { headers: {}, message: 'unauthenticated', own: true, why: 'nobody' },
    {
      headers: { cookie: 'tila_session=good', origin: 'https://evil.example' },
      message: 'websocket error',
      own: false,
      why: 'a foreign page with the cookie',
    },
    { headers: { cookie: 'tila_session=good' }, message: 'websocket error', own: false, why: 'a socket that hides its origin' },
  ])('refuses $why', async ({ headers, message, own }) => {
    const { socket } = connect(own ? { ...headers, origin } : (headers as Record<string, string>));
    const error = await new Promise<Error>((resolve) => socket.on('connect_error', resolve));
    expect(error.message).toBe(message);
  });

  it('ends with the session', async () => {
    const mirror = await watchOverview();
    const gone = new Promise((resolve) => mirror.socket.on('disconnect', resolve));
    revoked.emit('another');
    revoked.emit('h1');
    expect(await gone).toBe('io server disconnect');
  });
});

describe('live', () => {
  it('sends a snapshot, then one delta for many changes of a moment', async () => {
    const mirror = await watchOverview();
    const before = mirror.messages;
    for (let n = 0; n <= 100; n += 1) {
      set(`change ${n}`);
    }
    await expect.poll(() => reason(mirror)).toBe('change 100');
    expect(mirror.messages).toBe(before + 1);
    expect(mirror.kinds).toEqual(['snapshot', 'delta']);
  });

  it('resumes from where a client left off', async () => {
    const mirror = await watchOverview();
    set('one');
    await expect.poll(() => reason(mirror)).toBe('one');
    const position = mirror.position(OVERVIEW);
    mirror.socket.disconnect();
    set('two');
    const back = connect();
    back.topics.set(topicKey(OVERVIEW), { seq: position.seq, items: new Map(Object.entries(mirror.items(OVERVIEW))) });
    back.watch(OVERVIEW, position);
    await expect.poll(() => reason(back)).toBe('two');
    expect(back.kinds).toEqual(['delta']);
  });

  it.for([
    { since: { epoch: 'an earlier server', seq: 0 }, why: 'the server is another' },
    { since: { epoch: '', seq: 7 }, why: 'the position is ahead' },
  ])('starts over when $why', async ({ since }) => {
    const first = await watchOverview();
    const mirror = connect();
    mirror.watch(OVERVIEW, { ...since, epoch: since.epoch || first.epoch });
    await expect.poll(() => mirror.kinds).toEqual(['snapshot']);
  });

  it('a lost message shows as a gap and heals', async () => {
    const mirror = await watchOverview();
    mirror.drop = 1;
    set('lost');
    await expect.poll(() => mirror.drop).toBe(0);
    set('seen');
    await expect.poll(() => reason(mirror)).toBe('seen');
    expect(mirror.kinds).toEqual(['snapshot', 'delta', 'gap', 'snapshot']);
  });

  it('a client that does not read gets nothing more, then catches up', async () => {
    const mirror = await watchOverview();
    const slow = await watchOverview();
    // The client's own TCP socket, below ws and engine.io, which do not show it.
    const tcp: { pause(): void; resume(): void } = Reflect.get(Reflect.get(slow.socket.io.engine.transport, 'ws'), '_socket');
    tcp.pause();
    const megabytes = 'x'.repeat(2_000_000);
    for (let n = 1; n <= 20; n += 1) {
      set(`${n} ${megabytes}`);
      await expect.poll(() => String(reason(mirror)).split(' ')[0], { timeout: 5000 }).toBe(String(n));
    }
    set('end');
    await expect.poll(() => reason(mirror)).toBe('end');
    expect(slow.messages).toBe(1);
    tcp.resume();
    await expect.poll(() => reason(slow), { timeout: 10_000 }).toBe('end');
    expect(slow.messages).toBeLessThan(18);
    expect(slow.kinds).not.toContain('gap');
  });

  it('a client too far behind gets a snapshot, and is counted', async () => {
    const mirror = await watchOverview();
    const slow = await watchOverview();
    const tcp: { pause(): void; resume(): void } = Reflect.get(Reflect.get(slow.socket.io.engine.transport, 'ws'), '_socket');
    tcp.pause();
    const many = Array.from({ length: 1100 }, (_, n) => tile(`s${n}`, ''));
    for (let n = 1; n <= 16; n += 1) {
      tiles.emit({ set: many.map((each) => ({ ...each, reason: `${n} ${'x'.repeat(1500)}` })), remove: [] });
      set(`${n}`);
      await expect.poll(() => reason(mirror), { timeout: 5000 }).toBe(`${n}`);
    }
    tcp.resume();
    await expect.poll(() => reason(slow), { timeout: 10_000 }).toBe('16');
    expect(resyncs).toBe(1);
    expect(slow.items(OVERVIEW)).toEqual(mirror.items(OVERVIEW));
  });
});

describe('panels', () => {
  it('are watched once for two viewers and appended to', async () => {
    const [one, two] = [connect(), connect()];
    one.watch(PANEL);
    two.watch(PANEL);
    await expect.poll(() => two.items(PANEL)).toHaveProperty('s');
    expect(watching).toBe(1);
    panel({ append: { s: [[2000, 2]] } });
    await expect.poll(() => one.kinds).toEqual(['snapshot', 'delta']);
    const late = connect();
    late.watch(PANEL);
    await expect
      .poll(() => late.items(PANEL))
      .toEqual({
        s: {
          labels: {},
          points: [
            [1000, 1],
            [2000, 2],
          ],
        },
      });
  });

  it('of nearly the same width are the same query, finer than the step asked for', async () => {
    const day = { ...PANEL, rangeMs: 86_400_000, stepMs: 300_000 };
    const topics = [500, 620].map((pixels) => ({ ...day, pixels }));
    const mirror = connect();
    topics.map((topic) => mirror.watch(topic));
    await expect.poll(() => topics.map((topic) => Object.keys(mirror.items(topic)))).toEqual([['s'], ['s']]);
    const same = { expr: 'up', rangeMs: 86_400_000, stepMs: 300_000, pixels: 640, resolutionMs: 15_000 };
    expect(asked).toEqual([same, same]);
  });

  it('that cannot stand say why', async () => {
    const mirror = connect();
    mirror.watch({ ...PANEL, expr: 'bad' });
    await expect.poll(() => mirror.errors).toEqual(['1:1: parse error: bad']);
  });

  it('that failed are tried again when somebody asks again', async () => {
    const mirror = connect();
    const flaky = { ...PANEL, expr: 'flaky' };
    mirror.watch(flaky);
    await expect.poll(() => mirror.errors).toHaveLength(1);
    mirror.watch(flaky);
    await expect.poll(() => mirror.items(flaky)).toHaveProperty('s');
    expect(watching).toBe(1);
  });
});

it('a position in a topic that was closed meanwhile is not mistaken for one in its successor', async () => {
  const mirror = connect();
  const topics: Topic[] = ['i1', 'i2'].map((id) => ({ kind: 'incident', id }));
  for (const topic of topics) {
    mirror.watch(topic);
  }
  await expect.poll(() => mirror.topics.size).toBe(2);
  const [one, two] = topics.map((topic) => mirror.position(topic).seq);
  expect(Math.abs((one ?? 0) - (two ?? 0))).toBeGreaterThan(1000);
});

it('an incident tells when its detail changed', async () => {
  const mirror = connect();
  const topic: Topic = { kind: 'incident', id: 'i1' };
  mirror.watch(topic);
  await expect.poll(() => mirror.items(topic)).toEqual({ version: { version: 0 } });
  // Only the id matters here.
  incidents.emit({ id: 'i1' } as IncidentView);
  await expect.poll(() => mirror.items(topic)).toEqual({ version: { version: 1 } });
});

it.for([
  { body: null, why: 'nothing' },
  { body: { topics: [{ topic: { kind: 'secrets' } }] }, why: 'an unknown topic' },
  { body: { topics: [{ topic: { ...PANEL, stepMs: -1 } }] }, why: 'a negative step' },
  {
    body: { topics: [{ topic: { ...PANEL, pixels: 49 } }, { topic: { ...PANEL, pixels: 4001 } }] },
    why: 'a width out of bounds',
  },
  { body: { topics: Array.from({ length: 201 }, () => ({ topic: OVERVIEW })) }, why: 'too many topics' },
])('a subscription with $why harms nobody', async ({ body }) => {
  const mirror = connect();
  mirror.socket.emit('subscribe', body);
  mirror.socket.emit('unsubscribe', body);
  mirror.watch(OVERVIEW);
  await expect.poll(() => mirror.kinds).toEqual(['snapshot']);
});
