import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { silentLogger } from '../runtime/logger.ts';
import { ManualClock } from '../runtime/manual-clock.fake.ts';
import { openStateStore, type StateDatabase } from '../state/state-store.ts';
import { NotificationPipeline, type NotificationSettings } from './notification-pipeline.ts';
import { FakeAlertFeed, fakeAlert } from './notified-alert.fake.ts';
import { parseRoutingConfig } from './routing-config.ts';

const CONFIG = `
route:
  receiver: hook
  group_by: [cluster]
  group_wait: 10s
  group_interval: 60s
  repeat_interval: 10m
inhibit_rules:
  - source_matchers: [severity="critical"]
    target_matchers: [severity="warning"]
    equal: [cluster]
receivers:
  - name: hook
    webhook_configs: [{url: http://hook.example/x}]
`;

interface Sent {
  readonly at: number;
  readonly status: string;
  readonly reason: string;
  readonly alerts: readonly string[];
}

type Answer = (post: number) => Response | Promise<Response>;

const folder = mkdtempSync(join(tmpdir(), 'tila-notify-'));
const opened: StateDatabase[] = [];
let databases = 0;
afterEach(async () => {
  await Promise.all(opened.splice(0).map((state) => state.destroy().catch(() => {})));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function config(text: string) {
  const parsed = parseRoutingConfig(text, { file: 'routing.yaml', env: () => undefined });
  if (!parsed.ok) {
    throw new Error(JSON.stringify(parsed.problems));
  }
  return parsed.value;
}

class Bench {
  readonly clock = new ManualClock(1_000_000);
  readonly feed = new FakeAlertFeed();
  readonly sent: Sent[] = [];
  readonly #path: string;
  #ids = 0;
  beforeResume: (pipeline: NotificationPipeline) => Promise<void> = async () => {};
  answer: Answer = () => new Response('', { status: 200 });
  state: StateDatabase = openStateStore(':memory:');

  constructor() {
    databases += 1;
    this.#path = join(folder, `${databases}.db`);
  }

  /** Opens the database anew, as a restarted process would. */
  async start(settings: Partial<NotificationSettings> = {}, text = CONFIG): Promise<NotificationPipeline> {
    this.state = openStateStore(this.#path);
    opened.push(this.state);
    const pipeline = await NotificationPipeline.start({
      alerts: this.feed,
      state: this.state,
      clock: this.clock,
      logger: silentLogger,
      config: config(text),
      renderer: { render: async (template) => template, renderHtml: async (template) => template },
      links: { externalUrl: 'http://tila', alertsUrl: () => 'http://tila/alerts', silenceUrl: () => 'http://tila/silence' },
      random: { fraction: () => 0.5, id: () => `id-${++this.#ids}` },
      fetch: async (_, init) => {
        const body = JSON.parse(String(init.body));
        const alerts = body.alerts.map(
          (alert: { labels: { alertname: string }; status: string }) => `${alert.labels.alertname}:${alert.status}`,
        );
        this.sent.push({ at: this.clock.now() - 1_000_000, status: body.status, reason: body.notification_reason, alerts });
        return await this.answer(this.sent.length);
      },
      settings: { startDelayMs: 0, ...settings },
    });
    await this.beforeResume(pipeline);
    pipeline.resume();
    return pipeline;
  }

  alert(alertname: string, more: Record<string, string> = {}) {
    const at = this.clock.now();
    return fakeAlert({ alertname, cluster: 'c', ...more }, { activeAt: at, firedAt: at });
  }
}

describe('NotificationPipeline', () => {
  it('groups, waits, and tells additions, resolves and repeats at the ticks', async () => {
    const bench = new Bench();
    await using pipeline = await bench.start();
    const [a, b] = [bench.alert('A'), bench.alert('B')];
    bench.feed.fire(a);
    await bench.clock.advance(5000);
    bench.feed.fire(b);
    await bench.clock.advance(4999);
    expect(bench.sent).toEqual([]);
    await bench.clock.advance(20_001); // t=30 s
    const c = bench.alert('C');
    bench.feed.fire(c);
    bench.feed.resolve(a, bench.clock.now());
    await bench.clock.advance(100_000); // t=130 s
    bench.feed.resolve(b, bench.clock.now());
    bench.feed.resolve(c, bench.clock.now());
    await bench.clock.advance(61_000);
    expect(bench.sent).toEqual([
      { at: 10_000, status: 'firing', reason: 'first notification', alerts: ['A:firing', 'B:firing'] },
      { at: 70_000, status: 'firing', reason: 'new alerts added', alerts: ['A:resolved', 'B:firing', 'C:firing'] },
      { at: 190_000, status: 'resolved', reason: 'all alerts resolved', alerts: ['B:resolved', 'C:resolved'] },
    ]);
    await bench.clock.advance(61_000);
    expect(pipeline.stats().groups).toBe(0);
    expect((await pipeline.deliveries.list()).map(({ state, status }) => [state, status])).toEqual([
      ['delivered', 'resolved'],
      ['delivered', 'firing'],
      ['delivered', 'firing'],
    ]);
  });

  it('repeats after the repeat interval, strictly and only at a tick', async () => {
    const bench = new Bench();
    await using _ = await bench.start();
    bench.feed.fire(bench.alert('A'));
    await bench.clock.advance(1_300_000);
    expect(bench.sent.map(({ at, reason }) => [at, reason])).toEqual([
      [10_000, 'first notification'],
      [670_000, 'repeat interval elapsed'],
    ]);
  });

  it('keeps inhibited and silenced alerts quiet, says so once, and shows it', async () => {
    const bench = new Bench();
    await using pipeline = await bench.start();
    const events: string[] = [];
    pipeline.onSuppressed(({ alert, cause }) => events.push(`${alert.labels.get('alertname')} ${cause}`));
    const warning = bench.alert('W', { severity: 'warning' });
    const silenced = bench.alert('S', { service: 'quiet' });
    const id = await pipeline.silences.set({
      matchers: [{ name: 'service', value: 'quiet', isRegex: false, isEqual: true }],
      startsAt: bench.clock.now(),
      endsAt: bench.clock.now() + 100_000,
      createdBy: 'ana',
      comment: '',
    });
    bench.feed.fire(warning);
    bench.feed.fire(silenced);
    bench.feed.fire(bench.alert('C', { severity: 'critical' }));
    await bench.clock.advance(80_000);
    expect(bench.sent.map(({ alerts }) => alerts)).toEqual([['C:firing']]);
    expect(events).toEqual(['S silence', 'W inhibition']);
    expect(pipeline.statusOf(silenced.fingerprint)).toEqual({ silencedBy: [id], inhibitedBy: [], receivers: ['hook'] });
    expect(pipeline.statusOf(warning.fingerprint).inhibitedBy).toHaveLength(1);
    expect(pipeline.preview([{ name: 'service', value: 'quiet', isRegex: false, isEqual: true }])).toHaveLength(1);
    await bench.clock.advance(60_000);
    expect(bench.sent.map(({ alerts }) => alerts).at(-1)).toEqual(['C:firing', 'S:firing']);
  });

  it('sends nothing twice over a restart and does not leak what is inhibited', async () => {
    const bench = new Bench();
    const first = await bench.start();
    bench.feed.fire(bench.alert('W', { severity: 'warning' }));
    bench.feed.fire(bench.alert('C', { severity: 'critical' }));
    await bench.clock.advance(15_000);
    await first[Symbol.asyncDispose]();
    await bench.state.destroy();
    await using _ = await bench.start({ startDelayMs: 5000 });
    await bench.clock.advance(120_000);
    expect(bench.sent.map(({ alerts }) => alerts)).toEqual([['C:firing']]);
  });

  it('tells a resolve that happened while the process was down', async () => {
    const bench = new Bench();
    const first = await bench.start();
    const a = bench.alert('A');
    bench.feed.fire(a);
    await bench.clock.advance(15_000);
    await first[Symbol.asyncDispose]();
    bench.feed.resolve(a, bench.clock.now());
    await using _ = await bench.start();
    await bench.clock.advance(70_000);
    expect(bench.sent.map(({ status }) => status)).toEqual(['firing', 'resolved']);
  });

  it('tells a resolve that is no longer among the current alerts after a long time down', async () => {
    const bench = new Bench();
    const first = await bench.start();
    const [a, b] = [bench.alert('A'), bench.alert('B')];
    bench.feed.fire(a);
    bench.feed.fire(b);
    await bench.clock.advance(15_000);
    bench.feed.resolve(a, bench.clock.now());
    await first[Symbol.asyncDispose]();
    bench.feed.forget(a);
    await bench.clock.advance(300_000);
    await using _ = await bench.start();
    await bench.clock.advance(70_000);
    bench.feed.fire(bench.alert('A'), bench.clock.now());
    await bench.clock.advance(70_000);
    expect(bench.sent.map(({ reason, alerts }) => [reason, alerts])).toEqual([
      ['first notification', ['A:firing', 'B:firing']],
      ['some alerts resolved', ['A:resolved', 'B:firing']],
      ['new alerts added', ['A:firing', 'B:firing']],
    ]);
  });

  it('notifies anew of an alert that ended unseen and fires again, also over one more restart', async () => {
    const bench = new Bench();
    const first = await bench.start();
    const a = bench.alert('A');
    bench.feed.fire(a);
    await bench.clock.advance(15_000);
    await first[Symbol.asyncDispose]();
    bench.feed.forget(a);
    const second = await bench.start({ startDelayMs: 60_000 });
    bench.feed.fire(bench.alert('A'));
    await second[Symbol.asyncDispose]();
    await using _ = await bench.start();
    await bench.clock.advance(70_000);
    expect(bench.sent.map(({ reason }) => reason)).toEqual(['first notification', 'first notification']);
  });

  it('sends what a former process left only once resumed, so that nobody misses how it went', async () => {
    const bench = new Bench();
    bench.answer = () => new Response('', { status: 503 });
    const first = await bench.start();
    bench.feed.fire(bench.alert('A'));
    await bench.clock.advance(10_100);
    await first[Symbol.asyncDispose]();
    bench.answer = () => new Response('', { status: 404 });
    await bench.clock.advance(30_000);
    const seen: (string | undefined)[] = [];
    const before = bench.sent.length;
    bench.beforeResume = async (pipeline) => {
      await bench.clock.advance(100);
      expect(bench.sent).toHaveLength(before);
      pipeline.deliveries.subscribe(({ attempt }) => seen.push(attempt?.outcome));
    };
    await using _ = await bench.start();
    await bench.clock.advance(100);
    expect([bench.sent.length, seen]).toEqual([before + 1, ['rejected']]);
  });

  it('retries with back-off, honours Retry-After, and records every attempt', async () => {
    const bench = new Bench();
    const answers = [
      new Response('', { status: 503 }),
      new Response('slow down', { status: 429, headers: { 'retry-after': '20' } }),
    ];
    bench.answer = (post) => answers[post - 1] ?? new Response('', { status: 200 });
    await using pipeline = await bench.start();
    bench.feed.fire(bench.alert('A'));
    await bench.clock.advance(59_000);
    expect(bench.sent.map(({ at }) => at)).toEqual([10_000, 10_600, 30_600]);
    const [delivery] = await pipeline.deliveries.list();
    expect(delivery?.state).toBe('delivered');
    expect(delivery?.attempts.map(({ outcome, status, retryAt }) => [outcome, status, retryAt && retryAt - 1_000_000])).toEqual([
      ['retry', 503, 10_600],
      ['retry', 429, 30_600],
      ['sent', 200, null],
    ]);
  });

  it('gives a refused request up at once and tries the group anew after five minutes', async () => {
    const bench = new Bench();
    bench.answer = () => new Response('no such flow', { status: 404 });
    await using pipeline = await bench.start();
    bench.feed.fire(bench.alert('A'));
    await bench.clock.advance(400_000);
    expect(bench.sent.map(({ at, reason }) => [at, reason])).toEqual([
      [10_000, 'first notification'],
      [310_000, 'first notification'],
    ]);
    expect((await pipeline.deliveries.list()).map(({ state }) => state)).toEqual(['failed', 'failed']);
  });

  it('sends in order after an outage, and drops what is old and superseded', async () => {
    const bench = new Bench();
    bench.answer = () => new Response('', { status: 503 });
    await using pipeline = await bench.start({ supersedeAfterMs: 120_000 });
    const a = bench.alert('A');
    bench.feed.fire(a);
    await bench.clock.advance(30_000);
    bench.feed.resolve(a, bench.clock.now());
    await bench.clock.advance(60_000);
    expect(new Set(bench.sent.map(({ status }) => status))).toEqual(new Set(['firing']));
    await bench.clock.advance(120_000);
    bench.answer = () => new Response('', { status: 200 });
    await bench.clock.advance(120_000);
    const deliveries = await pipeline.deliveries.list();
    expect(deliveries.map(({ status, state }) => [status, state])).toEqual([
      ['resolved', 'delivered'],
      ['firing', 'failed'],
    ]);
    expect(deliveries[1]?.attempts.at(-1)?.detail).toContain('superseded');
  });

  it('survives a kill in the middle of a request: the unanswered attempt is unknown and repeated, an answered one never', async () => {
    const bench = new Bench();
    const hang = Promise.withResolvers<Response>();
    bench.answer = (post) => (post === 2 ? hang.promise : new Response('', { status: 200 }));
    await bench.start();
    bench.feed.fire(bench.alert('A'));
    await bench.clock.advance(10_000);
    bench.feed.fire(bench.alert('B', { cluster: 'd' }));
    await bench.clock.advance(10_000);
    expect(bench.sent).toHaveLength(2);
    // The first pipeline is left as a killed process would be: never disposed, its second request unanswered.
    const restarted = await bench.start();
    await bench.clock.advance(9000);
    expect(bench.sent.map(({ alerts }) => alerts)).toEqual([['A:firing'], ['B:firing'], ['B:firing']]);
    const [b] = await restarted.deliveries.list();
    expect(b?.attempts.map(({ outcome }) => outcome)).toEqual(['unknown', 'sent']);
  });

  it('with group_wait 0 posts without waiting for any timer beyond the next turn', async () => {
    const bench = new Bench();
    await using _ = await bench.start({}, CONFIG.replace('group_wait: 10s', 'group_wait: 0s'));
    bench.feed.fire(bench.alert('A'));
    await bench.clock.advance(0);
    expect(bench.sent.map(({ at }) => at)).toEqual([0]);
  });

  it('reloads as one: new routes count, what was told is not told again', async () => {
    const bench = new Bench();
    await using pipeline = await bench.start();
    bench.feed.fire(bench.alert('A'));
    await bench.clock.advance(15_000);
    await pipeline.reload(config(CONFIG));
    await bench.clock.advance(20_000);
    expect(bench.sent).toHaveLength(1);
    await pipeline.reload(config(CONFIG.replace('group_by: [cluster]', 'group_by: [alertname]')));
    await bench.clock.advance(20_000);
    expect(bench.sent).toHaveLength(2);
  });

  it('fails what waits for a receiver that a reload removed', async () => {
    const bench = new Bench();
    bench.answer = () => new Response('', { status: 503 });
    await using pipeline = await bench.start();
    bench.feed.fire(bench.alert('A'));
    await bench.clock.advance(11_000);
    await pipeline.reload(config(CONFIG.replace('receiver: hook', 'receiver: other').replace('name: hook', 'name: other')));
    await bench.clock.advance(5000);
    const old = (await pipeline.deliveries.list()).find(({ receiver }) => receiver === 'hook');
    expect([old?.state, old?.attempts.at(-1)?.detail]).toEqual(['failed', 'this receiver is no longer configured']);
  });
});
