import { type PanelTopic, type Topic, topicKey } from '@tila/contract/feed.ts';
import { io, type Socket } from 'socket.io-client';
import { eventually } from '../harness/eventually.ts';

const PANELS: readonly PanelTopic[] = Array.from({ length: 20 }, (_, n) => ({
  kind: 'panel',
  expr: `rate(bench_requests_total{service="steady-${n}"}[1m])`,
  rangeMs: 3_600_000,
  stepMs: 15_000,
}));
const TOPICS: readonly Topic[] = [{ kind: 'overview' }, { kind: 'alerts' }, ...PANELS];

/** What of a feed message this looks at. */
interface Message {
  readonly updates: readonly { readonly topic: string }[];
}

/** Browsers without a screen: each on a connection of its own, subscribed to overview, alerts and 20 panels, decoding what comes. */
export class Viewers implements Disposable {
  readonly #sockets: readonly Socket[];
  messages = 0;

  private constructor(sockets: readonly Socket[]) {
    this.#sockets = sockets;
  }

  /** Connects them all and waits until each has been told about every topic. */
  static async connect(count: number, url: string, cookie: string): Promise<Viewers> {
    const sockets = Array.from({ length: count }, () =>
      io(url, { transports: ['websocket'], forceNew: true, extraHeaders: { Cookie: cookie, Origin: url } }),
    );
    const viewers = new Viewers(sockets);
    const waiting = sockets.map(() => new Set(TOPICS.map(topicKey)));
    for (const [index, socket] of sockets.entries()) {
      socket.on('feed', ({ updates }: Message) => {
        viewers.messages += 1;
        for (const { topic } of updates) {
          waiting[index]?.delete(topic);
        }
      });
      socket.emit('subscribe', { topics: TOPICS.map((topic) => ({ topic })) });
    }
    await eventually(`${count} viewers with all topics`, () => waiting.every((topics) => topics.size === 0));
    return viewers;
  }

  [Symbol.dispose](): void {
    for (const socket of this.#sockets) {
      socket.disconnect();
    }
  }
}
