import type { AlertView } from '@tila/contract/alerts.ts';
import type { DeliveryView } from '@tila/contract/deliveries.ts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Console } from './harness/console.ts';
import { Exporter } from './harness/estate.ts';
import { eventually } from './harness/eventually.ts';
import { TeamsReceiver } from './harness/receivers.ts';

const SLOW_FOR_MS = 16_000;
const RULES = `groups:
  - name: orders
    interval: 1s
    rules:
      - alert: OrdersStuck
        expr: orders_stuck > 0
        labels: { severity: critical }
        annotations: { summary: '{{ $value }} orders are stuck' }
      - alert: OrdersStuckForLong
        expr: orders_stuck > 0
        for: ${SLOW_FOR_MS / 1000}s
        labels: { severity: warning, told: nobody }
`;

const config = (exporter: Exporter): string => `sources:
  - type: prometheus_scrape
    name: shop
    scrape_interval: 1s
    static_configs:
      - targets: ['${exporter.address}']
        labels: { environment: prod, cluster: core, service: checkout }
rules: [rules.yaml]
routing: routing.yaml
`;

const routing = (teams: TeamsReceiver): string => `route:
  receiver: nobody
  group_by: [alertname]
  group_wait: 1s
  group_interval: 1s
  repeat_interval: 4h
  routes:
    - matchers: ['alertname="OrdersStuck"']
      receiver: sre
receivers:
  - name: nobody
  - name: sre
    msteamsv2_configs: [{ webhook_url: '${teams.url}' }]
`;

interface Matrix {
  readonly data: { readonly result: readonly { readonly values: readonly (readonly [number, string])[] }[] };
}

describe('Teams is out of order and the console is killed', { timeout: 60_000 }, () => {
  let exporter: Exporter;
  let teams: TeamsReceiver;
  let tila: Console;
  let before: { readonly firing: AlertView; readonly pending: AlertView; readonly delivery: DeliveryView };
  let samples: Matrix['data']['result'][number]['values'];
  let readAt: number;

  beforeAll(async () => {
    [exporter, teams] = await Promise.all([Exporter.start('orders_stuck 3\n'), TeamsReceiver.start()]);
    // More than one life of the console can use up.
    teams.script.push(500, 429, 500, ...Array<number>(200).fill(500));
    teams.retryAfterSeconds = 3;
    tila = new Console({ config: config(exporter), rules: RULES, routing: routing(teams) });
    await tila.start();
    await tila.signIn();
  });

  afterAll(async () => {
    await tila[Symbol.asyncDispose]();
    await Promise.all([exporter, teams].map((resource) => resource[Symbol.asyncDispose]()));
  });

  const alert = async (name: string): Promise<AlertView | undefined> =>
    (await tila.api<AlertView[]>('/api/alerts')).find((one) => one.name === name);
  const deliveries = (): Promise<DeliveryView[]> => tila.api('/api/deliveries');
  /** What is stored of the series up to a moment. */
  const stored = async (at: number) => {
    const query = new URLSearchParams({ query: 'orders_stuck[5m]', time: String(at / 1000) });
    return (await tila.api<Matrix>(`/api/v1/query?${query}`)).data.result[0]?.values ?? [];
  };

  it('every refused attempt is in the delivery log, with back-off and Retry-After', async () => {
    const delivery = await eventually(
      'a delivery with three attempts',
      async () => (await deliveries()).find(({ attempts }) => attempts.length >= 3),
      25_000,
    );
    expect(delivery).toMatchObject({ integration: 'msteamsv2', status: 'firing', state: 'retrying' });
    const [first, second, third] = delivery.attempts;
    expect(delivery.attempts.map(({ attempt }) => attempt).slice(0, 3)).toEqual([1, 2, 3]);
    expect([first?.status, second?.status, third?.status]).toEqual([500, 429, 500]);
    expect(first?.outcome).toBe('retry');
    expect((first?.retryAt ?? 0) - (first?.startedAt ?? 0)).toBeGreaterThanOrEqual(100);
    expect((second?.retryAt ?? 0) - (second?.startedAt ?? 0)).toBeGreaterThanOrEqual(3000);
    expect(third?.startedAt).toBeGreaterThanOrEqual(second?.retryAt ?? Number.POSITIVE_INFINITY);
    expect(teams.cards).toEqual([]);
  });

  it('kill -9 while the delivery waits', async () => {
    const [firing, pending, [delivery]] = await Promise.all([alert('OrdersStuck'), alert('OrdersStuckForLong'), deliveries()]);
    expect(firing?.state).toBe('firing');
    expect(pending?.state, 'the slow rule must still be pending, or the test shows nothing').toBe('pending');
    if (firing === undefined || pending === undefined || delivery === undefined) {
      throw new Error('nothing to compare with');
    }
    before = { firing, pending, delivery };
    readAt = Date.now();
    samples = await stored(readAt);
    expect(samples.length).toBeGreaterThan(4);
    await tila.stop('SIGKILL');
    teams.script.length = 0;
    await tila.start();
  });

  it('what was acknowledged before is all readable', async () => {
    expect(await stored(readAt)).toEqual(expect.arrayContaining([...samples]));
  });

  it('the alert fires on as the same, and the pending one keeps the time it has waited', async () => {
    const firing = await alert('OrdersStuck');
    expect(firing).toMatchObject({ state: 'firing', activeAt: before.firing.activeAt, firedAt: before.firing.firedAt });
    const pending = await alert('OrdersStuckForLong');
    expect(pending?.activeAt).toBe(before.pending.activeAt);
    const fired = await eventually(
      'the slow rule fires',
      async () => {
        const one = await alert('OrdersStuckForLong');
        return one?.state === 'firing' ? one : undefined;
      },
      20_000,
    );
    const waited = (fired.firedAt ?? 0) - before.pending.activeAt;
    expect(waited).toBeGreaterThanOrEqual(SLOW_FOR_MS);
    expect(waited).toBeLessThan(SLOW_FOR_MS + 3000);
  });

  it('exactly one card is accepted, by the delivery from before', async () => {
    const delivery = await eventually(
      'the accepted delivery',
      async () => (await deliveries()).find(({ state }) => state === 'accepted'),
      20_000,
    );
    expect(delivery.id).toBe(before.delivery.id);
    expect(delivery.attempts.slice(0, before.delivery.attempts.length)).toEqual(before.delivery.attempts);
    expect(delivery.attempts.at(-1)).toMatchObject({ outcome: 'sent', status: 202 });
    expect((await deliveries()).map(({ status }) => status)).toEqual(['firing']);
    expect(teams.cards).toHaveLength(1);
  });

  it('nothing resolved or fired again because of the restart', async () => {
    const history = await tila.api<{ from: string; to: string }[]>(`/api/alerts/${before.firing.fingerprint}/history`);
    expect(history.filter(({ from, to }) => from !== to).map(({ from, to }) => `${from} ${to}`)).toEqual(['inactive firing']);
  });
});
