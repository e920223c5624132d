import { describe, expect, it } from 'vitest';
import { silentLogger } from '../../runtime/logger.ts';
import { ManualClock } from '../../runtime/manual-clock.fake.ts';
import type { Integration } from '../receivers/integration.ts';
import type { Delivery, DeliveryEvent, QueuedDelivery, SendOutcome } from './delivery.ts';
import { EndpointQueue } from './endpoint-queue.ts';

const ok: SendOutcome = { outcome: 'sent', as: 'accepted', status: 202, detail: '' };

function queued(seq: number, stream: string, createdAt = 0): QueuedDelivery {
  const delivery: Delivery = {
    id: `d${seq}`,
    seq,
    stream,
    endpoint: 'r/msteamsv2[0]',
    receiver: 'r',
    integration: 'msteamsv2',
    groupKey: stream,
    status: 'firing',
    reason: 'first notification',
    title: '',
    alerts: [],
    createdAt,
    state: 'pending',
    attempts: [],
  };
  return { delivery, payload: `p${seq}`, isShrunk: false, nextAttemptAt: createdAt, isStarted: false };
}

function bench(
  answer: (payload: string, post: number) => SendOutcome | Promise<SendOutcome>,
  recording: { fails: number } = { fails: 0 },
) {
  const clock = new ManualClock();
  const sent: [number, string][] = [];
  const events: DeliveryEvent[] = [];
  const queue = new EndpointQueue({
    clock,
    logger: silentLogger,
    random: () => 0.5,
    settings: { maxAgeMs: 60_000, supersedeAfterMs: 10_000 },
    onEvent: (event) => events.push(event),
    store: {
      startAttempt: async () => {},
      finishAttempt: async () => {
        recording.fails -= 1;
        if (recording.fails >= 0) {
          throw new Error('disk full');
        }
      },
    },
  });
  const integration: Integration = {
    kind: 'msteamsv2',
    sendResolved: true,
    rate: { perSecond: 1, burst: 4 },
    render: async () => ({ title: '', payload: '' }),
    shrink: (payload) => `small ${payload}`,
    send: async (payload) => {
      sent.push([clock.now(), payload]);
      return await answer(payload, sent.length);
    },
  };
  queue.use(integration);
  return { clock, sent, events, queue };
}

describe('EndpointQueue', () => {
  it('sends a burst of four at once and then one a second', async () => {
    const { clock, sent, queue } = bench(() => ok);
    queue.add([1, 2, 3, 4, 5, 6].map((seq) => queued(seq, `g${seq}`)));
    await clock.advance(3000);
    expect(sent.map(([at]) => at)).toEqual([0, 0, 0, 0, 1000, 2000]);
  });

  it('keeps the order inside a group while other groups pass', async () => {
    const { clock, sent, queue } = bench((payload, post) =>
      payload === 'p1' && post === 1 ? { outcome: 'retry', status: 503, detail: '' } : ok,
    );
    queue.add([queued(1, 'a'), queued(2, 'a'), queued(3, 'b')]);
    await clock.advance(2000);
    expect(sent.map(([, payload]) => payload)).toEqual(['p1', 'p3', 'p1', 'p2']);
  });

  it('pauses everything while the receiver asks for it', async () => {
    const { clock, sent, queue } = bench((_, post) =>
      post === 1 ? { outcome: 'retry', status: 429, detail: '', pauseMs: 5000 } : ok,
    );
    queue.add([queued(1, 'a')]);
    await clock.advance(1000);
    queue.add([queued(2, 'b', 1000)]);
    await clock.advance(5000);
    expect(sent.map(([at, payload]) => [at, payload])).toEqual([
      [0, 'p1'],
      [5000, 'p1'],
      [5000, 'p2'],
    ]);
  });

  it('shrinks once for 413, then gives up', async () => {
    const { clock, sent, events, queue } = bench(() => ({ outcome: 'too large', status: 413, detail: 'HTTP 413' }));
    queue.add([queued(1, 'a')]);
    await clock.advance(5000);
    expect(sent.map(([, payload]) => payload)).toEqual(['p1', 'small p1']);
    expect(events.map(({ attempt, delivery }) => [attempt?.outcome, delivery.state])).toEqual([
      ['retry', 'retrying'],
      ['rejected', 'failed'],
    ]);
  });

  it('gives up after the maximum age', async () => {
    const { clock, events, queue } = bench(() => ({ outcome: 'retry', status: null, detail: 'refused' }));
    queue.add([queued(1, 'a')]);
    await clock.advance(200_000);
    expect(events.at(-1)).toMatchObject({ delivery: { state: 'failed' }, attempt: { detail: 'refused; given up, too old' } });
  });

  it('does not send again what was answered, even while the answer cannot be recorded', async () => {
    const { clock, sent, events, queue } = bench(() => ok, { fails: 3 });
    queue.add([queued(1, 'a')]);
    await clock.advance(10_000);
    expect([sent.length, events.map(({ delivery }) => delivery.state)]).toEqual([1, ['accepted']]);
  });
});
