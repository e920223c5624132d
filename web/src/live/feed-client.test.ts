import type { FeedMessage, Topic } from '@tila/contract/feed.ts';
import { describe, expect, it } from 'vitest';
import { FeedClient, type FeedSocket } from './feed-client.ts';
import { topicKey } from './topic-key.ts';
import type { TopicState } from './topic-state.ts';

const overview: Topic = { kind: 'overview' };
const key = topicKey(overview);

class FakeSocket implements FeedSocket {
  readonly sent: { event: string; body: unknown }[] = [];
  connect = () => {};
  drop = () => {};
  feed: (message: FeedMessage) => void = () => {};
  emit(event: string, body: unknown): void {
    this.sent.push({ event, body });
  }
  onConnect(handler: () => void): void {
    this.connect = handler;
  }
  onDisconnect(handler: () => void): void {
    this.drop = handler;
  }
  onRefused(): void {}
  onHeard(): void {}
  onFeed(handler: (message: FeedMessage) => void): void {
    this.feed = handler;
  }
  close(): void {}
}

function setUp() {
  const socket = new FakeSocket();
  const written: { topic: string; state: TopicState }[] = [];
  const frames: (() => void)[] = [];
  const timers: (() => void)[] = [];
  const client = new FeedClient({
    socket,
    write: (topic, state) => written.push({ topic, state }),
    schedule: (flush) => frames.push(flush),
    after: (_ms, run) => timers.push(run),
    now: () => 1000,
  });
  const run = (list: (() => void)[]) => {
    for (const call of list.splice(0)) {
      call();
    }
  };
  return { socket, written, client, frame: () => run(frames), wait: () => run(timers) };
}

const message = (updates: FeedMessage['updates'], at = 1500): FeedMessage => ({ epoch: 'e', at, updates });
const snapshot = (seq: number) => message([{ kind: 'snapshot', topic: key, seq, items: { a: 1 } }]);
const delta = (seq: number) => message([{ kind: 'delta', topic: key, seq, set: { b: seq }, remove: [] }]);

describe('FeedClient', () => {
  it('says that nobody answers when the socket neither opens nor fails', () => {
    const { client, wait } = setUp();
    expect(client.status().refused).toBeNull();
    wait();
    expect(client.status().refused).toBe('no answer within 8 s');
  });

  it('says nothing of the kind once it has heard the server', () => {
    const { client, socket, wait } = setUp();
    socket.connect();
    wait();
    expect(client.status().refused).toBeNull();
  });

  it('subscribes what was watched before the connection, once for two watchers', () => {
    const { socket, client } = setUp();
    client.watch(overview);
    client.watch(overview);
    expect(socket.sent).toEqual([]);
    socket.connect();
    expect(socket.sent).toEqual([{ event: 'subscribe', body: { topics: [{ topic: overview }] } }]);
  });

  it('writes once a frame, however many messages came', () => {
    const { socket, client, written, frame } = setUp();
    client.watch(overview);
    socket.connect();
    socket.feed(snapshot(1));
    socket.feed(delta(2));
    expect(written).toEqual([]);
    frame();
    expect(written.map(({ state }) => state.items)).toEqual([{ a: 1, b: 2 }]);
  });

  it('resumes from the last position after a reconnect', () => {
    const { socket, client } = setUp();
    client.watch(overview);
    socket.connect();
    socket.feed(snapshot(7));
    socket.drop();
    expect(client.status().connection).toBe('reconnecting');
    socket.connect();
    expect(socket.sent.at(-1)?.body).toEqual({ topics: [{ topic: overview, since: { epoch: 'e', seq: 7 } }] });
  });

  it('subscribes afresh on a gap and keeps showing the last state until then', () => {
    const { socket, client, written, frame } = setUp();
    client.watch(overview);
    socket.connect();
    socket.feed(snapshot(1));
    frame();
    socket.feed(delta(3));
    frame();
    expect(socket.sent.at(-1)?.body).toEqual({ topics: [{ topic: overview }] });
    expect(written).toHaveLength(1);
  });

  it('unsubscribes after lingering, unless watched again', () => {
    const { socket, client, wait } = setUp();
    socket.connect();
    const stop = client.watch(overview);
    stop();
    client.watch(overview)();
    const stopLast = client.watch(overview);
    wait();
    expect(socket.sent.filter(({ event }) => event === 'unsubscribe')).toEqual([]);
    stopLast();
    wait();
    expect(socket.sent.filter(({ event }) => event === 'unsubscribe')).toHaveLength(1);
  });

  it('reads the clock offset from the fastest message', () => {
    const { socket, client } = setUp();
    socket.connect();
    socket.feed(message([], 1300));
    socket.feed(message([], 1480));
    socket.feed(message([], 1100));
    expect(client.status()).toMatchObject({ clockOffsetMs: 480, heardAt: 1000, connection: 'live' });
  });
});
