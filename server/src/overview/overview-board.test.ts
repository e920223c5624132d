import type { Tile } from '@tila/contract/overview.ts';
import { describe, expect, it } from 'vitest';
import { anAlert } from '../alerts/alert.fake.ts';
import type { Alert, AlertChange } from '../alerts/alert.ts';
import { silentLogger } from '../runtime/logger.ts';
import { ManualClock } from '../runtime/manual-clock.fake.ts';
import { type AlertStanding, NO_STANDING } from './alert-status.ts';
import { OverviewBoard, type TileChange } from './overview-board.ts';
import type { PanelUpdate } from './panel-source.ts';
import type { ServiceActivity } from './service-inventory.ts';
import { Sparklines } from './sparklines.ts';
import { compareTiles, judgeTile } from './tile.ts';

const NOW = 1_000_000;
const PAY: ServiceActivity = {
  environment: 'prod',
  cluster: 'main',
  service: 'pay',
  newestSampleAt: NOW - 10_000,
  intervalMs: 15_000,
  staleSources: [],
  isBackfilling: false,
};
const LABELS = { environment: 'prod', cluster: 'main', service: 'pay' };
const SPARKLINE: Tile['sparkline'] = { title: '', unit: 'short', points: [] };

const critical = anAlert({ ...LABELS, alertname: 'ErrorsHigh', severity: 'critical' }, { firedAt: 500 });
const page = anAlert({ ...LABELS, alertname: 'Paged', severity: 'page' }, { firedAt: 400 });
const warning = anAlert({ ...LABELS, alertname: 'Slow', severity: 'warning' }, { firedAt: 300 });
const unlabelled = anAlert({ ...LABELS, alertname: 'Odd' }, { firedAt: 200 });
const info = anAlert({ ...LABELS, alertname: 'Note', severity: 'info' }, { firedAt: 100 });
const pending = anAlert({ ...LABELS, alertname: 'Soon', severity: 'critical' }, { state: 'pending', firedAt: null });
const staleHealth = { ...critical, health: 'stale' } as const;

describe('judgeTile', () => {
  it.for<{
    alerts?: Alert[];
    service?: Partial<ServiceActivity>;
    standing?: Partial<AlertStanding>;
    tile: Partial<Tile>;
    why: string;
  }>([
    { tile: { status: 'ok', reason: 'nothing fires', since: null, newestSampleAt: 990_000 }, why: 'all is well' },
    {
      alerts: [warning, critical],
      tile: { status: 'critical', reason: 'ErrorsHigh', since: 500, firing: 2 },
      why: 'the worst alert wins',
    },
    {
      alerts: [critical, page],
      tile: { status: 'critical', reason: 'ErrorsHigh and 1 more', since: 400 },
      why: 'several of the worst',
    },
    { alerts: [unlabelled], tile: { status: 'warning', reason: 'Odd' }, why: 'an alert without severity is a warning' },
    { alerts: [info], tile: { status: 'ok', firing: 1 }, why: 'info only records' },
    { alerts: [pending], tile: { status: 'ok', reason: 'pending: Soon', pending: 1 }, why: 'pending is not firing' },
    {
      alerts: [staleHealth],
      tile: { status: 'critical', reason: 'ErrorsHigh (data stale)' },
      why: 'a stale rule keeps firing and says so',
    },
    {
      service: { newestSampleAt: null },
      tile: { status: 'no data', reason: 'no samples yet', newestSampleAt: null },
      why: 'never spoke',
    },
    { service: { newestSampleAt: NOW - 60_000 }, tile: { status: 'ok' }, why: 'a minute is still fresh' },
    {
      service: { newestSampleAt: NOW - 60_001 },
      tile: { status: 'stale', reason: 'samples have stopped', since: NOW - 60_001 },
      why: 'more is stale, never ok',
    },
    {
      service: { newestSampleAt: NOW - 150_000, intervalMs: 60_000 },
      tile: { status: 'ok' },
      why: 'a slow source is given three intervals',
    },
    { service: { staleSources: ['aws'] }, tile: { status: 'stale', reason: 'source aws is silent' }, why: 'one silent source' },
    {
      service: { staleSources: ['a', 'b'] },
      tile: { status: 'stale', reason: '2 sources are silent' },
      why: 'several silent sources',
    },
    {
      alerts: [warning],
      service: { staleSources: ['aws'] },
      tile: { status: 'warning' },
      why: 'a firing alert says more than stale data',
    },
    {
      alerts: [critical],
      standing: { silencedBy: ['s'] },
      tile: { status: 'critical', reason: 'silenced: ErrorsHigh', silenced: 1, inhibited: 0 },
      why: 'a silence does not make it ok',
    },
    {
      alerts: [critical],
      standing: { inhibitedBy: ['f'] },
      tile: { status: 'critical', reason: 'inhibited: ErrorsHigh', silenced: 0, inhibited: 1 },
      why: 'an inhibition is not a silence',
    },
    {
      alerts: [critical],
      standing: { silencedBy: ['s'], inhibitedBy: ['f'] },
      tile: { reason: 'silenced: ErrorsHigh', silenced: 1, inhibited: 0 },
      why: 'of both the silence counts, so that an alert is counted once',
    },
    {
      alerts: [critical],
      standing: { acknowledged: true },
      tile: { status: 'critical', acknowledged: true },
      why: 'nor does an acknowledgement',
    },
  ])('$why', ({ alerts = [], service = {}, standing = {}, tile }) => {
    const standings = alerts.map((alert) => ({ alert, standing: { ...NO_STANDING, ...standing } }));
    expect(judgeTile({ service: { ...PAY, ...service }, alerts: standings, sparkline: SPARKLINE, now: NOW })).toMatchObject(tile);
  });

  it('sorts the worst first, handled ones after unhandled', () => {
    const judge = (service: Partial<ServiceActivity>, alerts: Alert[], standing: Partial<AlertStanding> = {}) =>
      judgeTile({
        service: { ...PAY, ...service },
        alerts: alerts.map((alert) => ({ alert, standing: { ...NO_STANDING, ...standing } })),
        sparkline: SPARKLINE,
        now: NOW,
      });
    const tiles = [
      judge({ service: 'ok' }, []),
      judge({ service: 'empty', newestSampleAt: null }, []),
      judge({ service: 'old', newestSampleAt: 0 }, []),
      judge({ service: 'warned' }, [warning]),
      judge({ service: 'silenced' }, [critical], { silencedBy: ['s'] }),
      judge({ service: 'acked' }, [critical], { acknowledged: true }),
      judge({ service: 'down' }, [critical]),
      judge({ service: 'longer' }, [page]),
    ];
    expect(tiles.sort(compareTiles).map((tile) => tile.service)).toEqual([
      'longer',
      'down',
      'acked',
      'silenced',
      'warned',
      'old',
      'empty',
      'ok',
    ]);
  });
});

function setUp(initial: Alert[] = []) {
  const clock = new ManualClock(NOW);
  const alerts = [...initial];
  const services = [PAY];
  const standings = new Map<string, AlertStanding>();
  const listeners = new Set<(change: AlertChange) => void>();
  const statusListeners = new Set<(fingerprint: string) => void>();
  const changes: TileChange[] = [];
  const board = new OverviewBoard({
    clock,
    alerts: {
      current: () => alerts,
      subscribe: (listener) => {
        listeners.add(listener);
        return { snapshot: alerts, unsubscribe: () => listeners.delete(listener) };
      },
    },
    status: {
      statusOf: (fingerprint) => standings.get(fingerprint) ?? NO_STANDING,
      subscribe: (listener) => {
        statusListeners.add(listener);
        return () => statusListeners.delete(listener);
      },
    },
    inventory: { services: () => services },
    sparklines: { of: () => SPARKLINE },
    environmentOrder: ['prod'],
  });
  board.subscribe((change) => changes.push(change));
  const fire = (alert: Alert): void => {
    alerts.push(alert);
    for (const listener of listeners) {
      listener({ alert, from: 'inactive', to: 'firing', at: NOW, observedAt: NOW });
    }
  };
  const silence = (alert: Alert): void => {
    standings.set(alert.fingerprint, { ...NO_STANDING, silencedBy: ['s'] });
    for (const listener of statusListeners) {
      listener(alert.fingerprint);
    }
  };
  return { clock, board, changes, services, fire, silence };
}

describe('OverviewBoard', () => {
  it('shows an alert within 10 ms, many as one change', async () => {
    const { board, changes, clock, fire } = setUp();
    fire(warning);
    fire(critical);
    await clock.advance(10);
    expect(changes.map(({ set }) => set.map((tile) => tile.status))).toEqual([['critical']]);
    expect(board.tiles()[0]?.firing).toBe(2);
  });

  it('shows a silence as soon as it matches', async () => {
    const { changes, clock, silence } = setUp([critical]);
    silence(critical);
    await clock.advance(10);
    expect(changes[0]?.set[0]?.silenced).toBe(1);
  });

  it('says nothing after its end, whoever still asks it to look, and keeps no process from ending', async () => {
    const { board, changes, clock, services } = setUp();
    board[Symbol.dispose]();
    services.length = 0;
    board.refreshSoon();
    await clock.advance(60_000);
    expect(changes).toEqual([]);
  });

  it('turns stale with time alone, and says nothing while nothing changes', async () => {
    const { board, changes, clock } = setUp();
    await clock.advance(45_000);
    expect(changes).toEqual([]);
    await clock.advance(15_000);
    expect(changes).toHaveLength(1);
    expect(board.tiles()[0]?.status).toBe('stale');
  });

  it('tells of services that are gone', async () => {
    const { changes, clock, services } = setUp();
    services.pop();
    await clock.advance(5000);
    expect(changes).toEqual([{ set: [], remove: ['prod/main/pay'] }]);
  });

  it.for([
    { labels: { service: 'pay' }, tiles: ['prod/main/pay critical'], why: 'one without environment concerns all of them' },
    {
      labels: { ...LABELS, environment: 'dev' },
      tiles: ['dev/main/pay critical', 'prod/main/pay ok'],
      why: 'one of another environment gets a tile of its own',
    },
    { labels: { environment: 'prod' }, tiles: ['prod/main/pay ok'], why: 'one of no service has no tile' },
    {
      labels: { environment: 'prod', service: 'new' },
      tiles: ['prod//new critical', 'prod/main/pay ok'],
      why: 'one of an unknown service is not hidden',
    },
  ])('an alert: $why', ({ labels, tiles }) => {
    const { board } = setUp([anAlert({ ...labels, severity: 'critical' })]);
    expect(board.tiles().map((tile) => `${tile.environment}/${tile.cluster}/${tile.service} ${tile.status}`)).toEqual(tiles);
  });

  it('gives the inventory as a sorted tree', () => {
    const { board, services } = setUp();
    services.push({ ...PAY, environment: 'dev' }, { ...PAY, service: 'cart' });
    expect(
      board
        .inventory()
        .environments.map(({ environment, clusters }) => [environment, clusters[0]?.services.map((each) => each.service)]),
    ).toEqual([
      ['prod', ['cart', 'pay']],
      ['dev', ['pay']],
    ]);
  });
});

it('sparklines show the first query that has the service, and follow it', async () => {
  const listeners: ((update: PanelUpdate) => void)[] = [];
  let open = 0;
  const queries = ['a', 'b', 'bad'].map((expr) => ({ title: expr, unit: 'short', expr }));
  const sparklines = new Sparklines({
    queries,
    log: silentLogger,
    panels: {
      watch: async ({ expr }, listener) => {
        if (expr === 'bad') {
          throw new Error('bad');
        }
        listeners.push(listener);
        open += 1;
        const snapshot: PanelUpdate['set'] = expr === 'b' ? { k: { labels: LABELS, points: [[1, 1]] } } : {};
        return { snapshot: snapshot ?? {}, unsubscribe: () => (open -= 1) };
      },
    },
  });
  let changes = 0;
  await sparklines.start(() => (changes += 1));
  expect(sparklines.of(LABELS)).toEqual({ title: 'b', unit: 'short', points: [[1, 1]] });
  listeners[1]?.({ append: { k: [[2, 2]] } });
  expect(sparklines.of(LABELS).points).toEqual([
    [1, 1],
    [2, 2],
  ]);
  listeners[0]?.({ set: { x: { labels: LABELS, points: [[9, 9]] } } });
  expect(sparklines.of(LABELS).title).toBe('a');
  listeners[0]?.({ remove: ['x'] });
  expect(sparklines.of(LABELS).title).toBe('b');
  expect(changes).toBe(4);
  sparklines[Symbol.dispose]();
  expect(open).toBe(0);
});

it.for([
  { isEnding: false, warnings: 1 },
  { isEnding: true, warnings: 0 },
])('a sparkline query that fails is told of, unless the end has cut it off: $isEnding', async ({ isEnding, warnings }) => {
  const told: string[] = [];
  const failing = Promise.withResolvers<never>();
  const sparklines = new Sparklines({
    queries: [{ title: 'a', unit: 'short', expr: 'a' }],
    log: { ...silentLogger, warn: (_fields: object, text?: string) => void told.push(String(text)) },
    panels: { watch: () => failing.promise },
  });
  const started = sparklines.start(() => undefined);
  if (isEnding) {
    sparklines[Symbol.dispose]();
  }
  failing.reject(new Error('cut off'));
  await started;
  expect(told).toHaveLength(warnings);
});
