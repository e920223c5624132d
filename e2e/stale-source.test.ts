import type { AlertView } from '@tila/contract/alerts.ts';
import type { IncidentDetail, IncidentView } from '@tila/contract/incidents.ts';
import type { Tile } from '@tila/contract/overview.ts';
import type { RuleGroupView } from '@tila/contract/rules.ts';
import type { SourceView } from '@tila/contract/sources.ts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Console } from './harness/console.ts';
import { eventually } from './harness/eventually.ts';
import { type FederatedSeries, FederationServer } from './harness/federation.ts';
import { TeamsReceiver } from './harness/receivers.ts';

const labelsOf = (service: string) => ({ __name__: 'queue_depth', environment: 'prod', cluster: 'core', service });
const series = (service: string, valueAt: FederatedSeries['valueAt']): FederatedSeries => ({
  text: `queue_depth{environment="prod",cluster="core",service="${service}"}`,
  labels: labelsOf(service),
  valueAt,
});

/** The sample of a moment tells the moment, so that a filled gap can be told from an interpolated one. */
const tick = (timeMs: number): number => (timeMs / 1000) % 1000;

const RULES = `groups:
  - name: queues
    interval: 1s
    rules:
      - alert: QueueDeep
        expr: queue_depth{service="loans"} > 100
        labels: { severity: critical }
        annotations: { summary: 'the queue of {{ $labels.service }} is deep' }
`;

const config = (federation: FederationServer): string => `sources:
  - type: prometheus_federate
    name: upstream
    url: ${federation.url}
    match: ['{__name__="queue_depth"}']
    interval: 1s
    settle: 0s
    max_lag: 3s
    backfill: 30s
rules: [rules.yaml]
routing: routing.yaml
`;

const routing = (teams: TeamsReceiver): string => `route:
  receiver: sre
  group_by: [alertname]
  group_wait: 1s
  group_interval: 1s
  repeat_interval: 4h
receivers:
  - name: sre
    msteamsv2_configs: [{ webhook_url: '${teams.url}', send_resolved: true }]
`;

describe('a federated Prometheus falls silent and returns', { timeout: 90_000 }, () => {
  let federation: FederationServer;
  let teams: TeamsReceiver;
  let tila: Console;
  let silentFrom = 0;
  let firedAt: number | null = null;

  beforeAll(async () => {
    [federation, teams] = await Promise.all([
      FederationServer.start([series('loans', () => 500), series('payouts', tick)]),
      TeamsReceiver.start(),
    ]);
    tila = new Console({ config: config(federation), rules: RULES, routing: routing(teams) });
    await tila.start();
    await tila.signIn();
  });

  afterAll(async () => {
    await tila[Symbol.asyncDispose]();
    await Promise.all([federation, teams].map((resource) => resource[Symbol.asyncDispose]()));
  });

  const alert = async (name: string): Promise<AlertView | undefined> =>
    (await tila.api<AlertView[]>('/api/alerts')).find((one) => one.name === name);
  const tile = async (service: string): Promise<Tile | undefined> =>
    (await tila.api<Tile[]>('/api/overview')).find((one) => one.service === service);
  const source = async (): Promise<SourceView | undefined> =>
    (await tila.api<SourceView[]>('/api/sources')).find((one) => one.source === 'upstream');
  const groupHealth = async (): Promise<readonly string[]> =>
    (await tila.api<RuleGroupView[]>('/api/rules'))
      .filter(({ name }) => name === 'queues')
      .flatMap(({ rules }) => rules.map(({ health }) => health));
  const cards = (text: string): number => teams.cards.filter((card) => card.text.includes(text)).length;

  it('while it answers, its alert fires and its service is ok', async () => {
    const firing = await eventually('the alert fires', async () => {
      const one = await alert('QueueDeep');
      return one?.state === 'firing' ? one : undefined;
    });
    firedAt = firing.firedAt;
    expect(firing.health).toBe('ok');
    await eventually('the tile is ok', async () => (await tile('payouts'))?.status === 'ok');
    await eventually('the card about the queue', () => cards('the queue of loans is deep') === 1);
  });

  it('it hangs: its rules and tiles turn stale, and the firing alert keeps firing and says so', async () => {
    federation.mode = 'hanging';
    silentFrom = Date.now();
    await eventually('the source is stale', async () => (await source())?.state === 'stale', 15_000);
    const stale = await eventually('the alert says stale', async () => {
      const one = await alert('QueueDeep');
      return one?.health === 'stale' ? one : undefined;
    });
    expect(stale).toMatchObject({ state: 'firing', firedAt });
    expect(await groupHealth()).toEqual(['stale']);
    expect(
      await eventually('the tile is stale', async () =>
        (await tile('payouts'))?.status === 'stale' ? tile('payouts') : undefined,
      ),
    ).toMatchObject({
      status: 'stale',
      reason: 'source upstream is silent',
    });
    expect(await tile('loans')).toMatchObject({ status: 'critical', reason: expect.stringContaining('stale') });
    expect((await source())?.lastError).toMatch(/\S/);
  });

  it('it refuses, and the source itself is what alerts, on a grey card', async () => {
    federation.mode = 'refusing';
    const firing = await eventually('SourceStale fires', () => alert('SourceStale'), 45_000);
    expect(firing).toMatchObject({ state: 'firing', labels: { source: 'upstream' } });
    const card = await eventually('its card', () => teams.cards.find(({ text }) => text.includes('NO DATA')), 10_000);
    expect(card.text).toContain('upstream');
    const [title] = titleOf(card.body);
    expect(title).toMatchObject({ color: 'Default', text: expect.stringContaining('NO DATA') });
    expect(await alert('QueueDeep')).toMatchObject({ state: 'firing', health: 'stale', firedAt });
    expect(cards('RESOLVED')).toBe(0);
  });

  it('it returns: stale ends, and what it sampled meanwhile is here', async () => {
    federation.mode = 'serving';
    const servingFrom = Date.now();
    await eventually('the source is ok', async () => (await source())?.state === 'ok', 60_000);
    await eventually('the alert is no longer stale', async () => (await alert('QueueDeep'))?.health === 'ok');
    await eventually('the tile is ok', async () => (await tile('payouts'))?.status === 'ok');
    const query = new URLSearchParams({
      query: `queue_depth{service="payouts"}[${Math.ceil((servingFrom - silentFrom) / 1000)}s]`,
      time: String(servingFrom / 1000),
    });
    const { data } = await tila.api<{ data: { result: { values: [number, string][] }[] } }>(`/api/v1/query?${query}`);
    const values = data.result[0]?.values ?? [];
    expect(values.length).toBeGreaterThanOrEqual(Math.floor((servingFrom - silentFrom) / 1000) - 1);
    expect(values.filter(([at, value]) => Number(value) !== tick(at * 1000))).toEqual([]);
  });

  it('nothing had resolved meanwhile, and the gap is on the timeline', async () => {
    expect(await alert('QueueDeep')).toMatchObject({ state: 'firing', firedAt });
    const incident = (await tila.api<IncidentView[]>('/api/incidents')).find(({ services }) => services.includes('loans'));
    const { timeline } = await tila.api<IncidentDetail>(`/api/incidents/${incident?.id}`);
    const kinds = timeline.map(({ kind }) => kind);
    expect(kinds).toEqual(expect.arrayContaining(['alert.firing', 'data.gap_started', 'data.gap_ended']));
    expect(kinds).not.toContain('alert.resolved');
    expect(teams.cards.filter(({ text }) => text.includes('RESOLVED') && text.includes('loans'))).toEqual([]);
  });
});

interface TextBlock {
  readonly text: string;
  readonly color: string;
}

/** The blocks of a card's body. */
function titleOf(body: unknown): readonly TextBlock[] {
  const message = body as { attachments: { content: { body: TextBlock[] } }[] }; // the shape Teams demands, contracts of Workflows
  return message.attachments[0]?.content.body ?? [];
}
