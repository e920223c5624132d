import type { IncidentDetail, TimelineEntry } from '@tila/contract/incidents.ts';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { aChange, anAlert } from '../alerts/alert.fake.ts';
import type { Alert, AlertChange } from '../alerts/alert.ts';
import { FakeAlertHistoryStore } from '../alerts/alert-history-store.fake.ts';
import { Alerts } from '../alerts/alerts.ts';
import { Labels } from '../model/labels.ts';
import { silentLogger } from '../runtime/logger.ts';
import { ManualClock } from '../runtime/manual-clock.fake.ts';
import { openStateStore, type StateDatabase } from '../state/state-store.ts';
import { type EvidenceReader, evidenceWindow, freezeEvidence } from './evidence.ts';
import { exportMarkdown } from './export-markdown.ts';
import { SqlIncidentStore } from './incident-store.ts';
import { Incidents } from './incidents.ts';
import { stripComparison } from './strip-comparison.ts';
import { sortTimeline } from './timeline.ts';

const T0 = Date.UTC(2026, 0, 2, 3, 0, 0);
const MINUTE = 60_000;
const reader: EvidenceReader = {
  range: async (_expr, { startMs, endMs, stepMs }) => [
    {
      labels: Labels.from({ service: 'payments' }),
      values: Array.from({ length: (endMs - startMs) / stepMs + 1 }, (_, index) => index),
    },
  ],
};

let clock: ManualClock;
let database: StateDatabase;
let history: FakeAlertHistoryStore;
let alerts: Alerts;
let incidents: Incidents;

async function boot(): Promise<void> {
  alerts = new Alerts({ clock, log: silentLogger, history });
  incidents = new Incidents({ clock, log: silentLogger, store: new SqlIncidentStore(database), evidence: reader, alerts });
  await incidents.start();
}

beforeEach(async () => {
  clock = new ManualClock(T0);
  database = openStateStore(':memory:');
  history = new FakeAlertHistoryStore();
  await boot();
});
afterEach(() => database.destroy());

const payments = anAlert({
  alertname: 'HighErrorRatio',
  environment: 'prod',
  cluster: 'loans',
  service: 'payments',
  severity: 'critical',
});
const checkout = anAlert({
  alertname: 'HighErrorRatio',
  environment: 'prod',
  cluster: 'loans',
  service: 'checkout',
  severity: 'warning',
});
const stage = anAlert({ alertname: 'HighErrorRatio', environment: 'stage', cluster: 'loans', service: 'payments' });
const ledger = anAlert({ alertname: 'Slow', environment: 'prod', cluster: 'books', service: 'ledger' });
const loose = anAlert({ alertname: 'SourceStale', source: 'a' });
const loose2 = anAlert({ alertname: 'SourceStale', source: 'b' });

async function tell(change: AlertChange): Promise<void> {
  await alerts.apply([change]);
  await incidents.settled();
}
const fire = (alert: Alert, minutes: number): Promise<void> =>
  tell(aChange({ ...alert, activeAt: T0 + minutes * MINUTE - 30_000 }, 'firing', T0 + minutes * MINUTE));
const resolve = (alert: Alert, minutes: number): Promise<void> => tell(aChange(alert, 'resolved', T0 + minutes * MINUTE));
const shown = (): readonly string[] =>
  incidents.list().map((one) => `#${one.number} ${one.state} ${one.severity} ${one.alerts.length}`);
const timeline = async (): Promise<readonly TimelineEntry[]> => (await first()).timeline;
async function first(): Promise<IncidentDetail> {
  const detail = await incidents.detail(incidents.list()[0]?.id ?? '');
  if (detail === undefined) {
    throw new Error('no incident');
  }
  return detail;
}
const kinds = async (): Promise<readonly string[]> => (await timeline()).map((entry) => entry.kind);

describe('which incident an alert belongs to', () => {
  it.for<{ why: string; fired: readonly Alert[]; incidents: number }>([
    {
      why: 'same environment and service',
      fired: [payments, { ...payments, ...anAlert({ ...payments.labels.toJSON(), alertname: 'Other' }) }],
      incidents: 1,
    },
    { why: 'same environment and cluster', fired: [payments, checkout], incidents: 1 },
    { why: 'another environment', fired: [payments, stage], incidents: 2 },
    { why: 'another cluster and service', fired: [payments, ledger], incidents: 2 },
    { why: 'no environment: same alert name', fired: [loose, loose2], incidents: 1 },
    { why: 'no environment is not any environment', fired: [loose, payments], incidents: 2 },
  ])('$why', async ({ fired, incidents: count }) => {
    for (const [minute, alert] of fired.entries()) {
      await fire(alert, minute);
    }
    expect(incidents.list()).toHaveLength(count);
  });

  it('opens, joins, and resolves with its last alert; the severity is the worst there was', async () => {
    await fire(checkout, 0);
    await fire(payments, 1);
    expect(shown()).toEqual(['#1 open critical 2']);
    await resolve(checkout, 2);
    await resolve(payments, 3);
    expect(shown()).toEqual(['#1 resolved critical 2']);
    expect([...(await kinds())].sort()).toEqual([
      'alert.firing',
      'alert.firing',
      'alert.joined',
      'alert.pending',
      'alert.pending',
      'alert.resolved',
      'alert.resolved',
      'incident.opened',
      'incident.resolved',
    ]);
    expect(incidents.incidentOf(payments.fingerprint)?.number).toBe(1);
  });

  it.for([
    { why: 'again within 30 minutes: the same incident', after: 29, expected: ['#1 open critical 1'] },
    { why: 'again after 30 minutes: a new one', after: 30, expected: ['#2 open critical 1', '#1 resolved critical 1'] },
  ])('$why', async ({ after, expected }) => {
    await fire(payments, 0);
    await resolve(payments, 1);
    await fire(payments, 1 + after);
    expect(shown()).toEqual(expected);
  });
});

it('keeps the newest 500 incidents and the open ones in memory, and tells of a resolve before it lets go', async () => {
  const store = new SqlIncidentStore(database);
  await fire(payments, 0);
  const { incident } = await first();
  for (let number = 2; number <= 500; number += 1) {
    await store.commit({ ...incident, id: `old-${number}`, number, state: 'resolved', resolvedAt: T0, alerts: [] }, []);
  }
  await boot();
  await fire(payments, 0); // Known to the incident, not yet to the new Alerts.
  await fire(stage, 60);
  await fire(ledger, 61);
  expect(incidents.list().map(({ number }) => number)).toEqual([...Array.from({ length: 500 }, (_, i) => 502 - i), 1]);
  const told: string[] = [];
  incidents.subscribe(({ number, state }) => told.push(`#${number} ${state}`));
  await resolve(payments, 62);
  expect(told).toContain('#1 resolved');
  expect(incidents.list()).toHaveLength(500);
});

describe('the timeline', () => {
  it('tells onset, alert, delivery, gap, note and acknowledgement with their times', async () => {
    await fire(payments, 0);
    const id = incidents.list()[0]?.id ?? '';
    const delivery = {
      deliveryId: 'd',
      receiver: 'sre',
      integration: 'email',
      fingerprints: [payments.fingerprint],
      title: 'T',
      detail: '',
    };
    await incidents.recordDelivery({ ...delivery, attempt: 1, outcome: 'retried', at: T0 + 1000 });
    await incidents.recordDelivery({ ...delivery, attempt: 2, outcome: 'sent', at: T0 + 2000 });
    await incidents.recordDelivery({ ...delivery, attempt: 2, outcome: 'sent', at: T0 + 2000 });
    await incidents.recordDelivery({ ...delivery, fingerprints: ['unknown'], attempt: 1, outcome: 'sent', at: T0 });
    await incidents.recordSourceGap({ source: 'cw', kind: 'gap_started', at: T0 + 3000, observedAt: T0 + 3500 });
    await clock.advance(4000);
    await incidents.acknowledge(id, 'ann');
    await incidents.acknowledge(id, 'bob');
    await incidents.addNote(id, { kind: 'human.action', text: 'rolled back\nto v1', occurredAt: T0 + 5000 }, 'ann');
    expect((await timeline()).map((entry) => `${(entry.occurredAt - T0) / 1000} ${entry.kind} ${entry.actor}`)).toEqual([
      '-30 alert.pending system',
      expect.stringMatching(/^0 /),
      expect.stringMatching(/^0 /),
      '1 notify.retried system',
      '2 notify.sent system',
      '3 data.gap_started system',
      '4 incident.acknowledged ann',
      '5 human.action ann',
    ]);
    expect(incidents.list()[0]).toMatchObject({ state: 'acknowledged', acknowledgedBy: 'ann', acknowledgedAt: T0 + 4000 });
    expect(
      await Promise.all([incidents.acknowledge('nope', 'ann'), incidents.detail('nope'), incidents.exportMarkdown('nope')]),
    ).toEqual([undefined, undefined, undefined]);
  });

  it('freezes the expression and its measured side, at most 120 points', async () => {
    await fire(payments, 0);
    const firing = (await timeline()).find((entry) => entry.kind === 'alert.firing');
    expect(firing?.precisionMs).toBe(7500);
    expect(firing?.evidence.map(({ query, toAt, series }) => [query, toAt, series[0]?.points.length])).toEqual([
      ['up == 0', T0, 61],
      ['up', T0, 61],
    ]);
    expect(firing?.evidence[0]?.sha256).toMatch(/^[0-9a-f]{64}$/);
  });

  it('a source that is still silent stands in later incidents too', async () => {
    await incidents.recordSourceGap({ source: 'cw', kind: 'gap_started', at: T0 - 5000, observedAt: T0 });
    await fire(payments, 0);
    expect(await kinds()).toContain('data.gap_started');
  });

  it('a restart adds what was missed, repeats nothing and says that it happened', async () => {
    await fire(payments, 0);
    const before = await kinds();
    await incidents.stop();
    history.transitions.push(aChange(payments, 'resolved', T0 + MINUTE));
    await clock.advance(2 * MINUTE);
    await boot();
    await incidents.settled();
    expect(shown()).toEqual(['#1 resolved critical 1']);
    expect([...(await kinds())].sort()).toEqual([...before, 'alert.resolved', 'incident.resolved', 'console.restarted'].sort());
    const once = await kinds();
    await incidents.stop();
    await boot();
    expect(await kinds()).toEqual(once);
  });

  it('evidence that could not be read is read again', async () => {
    let failures = 2;
    const flaky: EvidenceReader = {
      range: (expr, range) => {
        failures -= 1;
        return failures >= 0 ? Promise.reject(new Error('timeout')) : reader.range(expr, range);
      },
    };
    await incidents.stop();
    incidents = new Incidents({ clock, log: silentLogger, store: new SqlIncidentStore(database), evidence: flaky, alerts });
    await incidents.start();
    await tell(aChange({ ...payments, activeAt: T0 }, 'firing', T0));
    expect((await timeline()).flatMap((entry) => entry.evidence)).toEqual([]);
    await clock.advance(20_000);
    await incidents.settled();
    expect((await timeline()).flatMap((entry) => entry.evidence)).toHaveLength(2);
  });
});

describe('evidence', () => {
  it.for<readonly [expr: string, measured: string | null]>([
    ['up == 0', 'up'],
    ['0 == up', 'up'],
    ['sum by (a) (rate(x[5m])) / sum(y) > 0.05', 'sum by (a) (rate(x[5m])) / sum(y)'],
    ['(a > 1) and on (b) c < 2', 'a'],
    ['a > bool 1', 'a'],
    ['a + b', 'a + b'],
    ['absent(up)', 'absent(up)'],
    ['a >', null],
  ])('%s measures %s', ([expr, measured]) => {
    expect(stripComparison(expr)).toBe(measured);
  });

  it('the window ends at its end and has at most 120 points', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1e9 }), fc.integer({ min: 1000, max: 3_600_000 }), (span, interval) => {
        const { fromAt, toAt, stepMs } = evidenceWindow({ fromAt: 1e12 - span, toAt: 1e12 }, interval);
        return (
          toAt === 1e12 &&
          stepMs % interval === 0 &&
          (toAt - fromAt) % stepMs === 0 &&
          (toAt - fromAt) / stepMs < 120 &&
          fromAt >= 1e12 - span
        );
      }),
    );
  });

  it("keeps the alert's own series, at most 20, with gaps where JSON has no number", async () => {
    const many: EvidenceReader = {
      range: async () =>
        Array.from({ length: 30 }, (_, i) => ({
          labels: Labels.from({ pod: `${i}`, service: i < 25 ? 'a' : 'b' }),
          values: [Number.NaN, 1],
        })),
    };
    const request = { expr: 'x', labels: { service: 'b' }, fromAt: 0, toAt: 1, stepMs: 1 };
    const [own] = await freezeEvidence(many, request);
    expect(own?.series).toHaveLength(5);
    expect(own?.series[0]?.points).toEqual([
      [0, null],
      [1, 1],
    ]);
    const [all] = await freezeEvidence(many, { ...request, labels: { service: 'zzz' } });
    expect(all?.series).toHaveLength(20);
  });
});

describe('Markdown export', () => {
  it('is the same bytes in whatever order the entries arrived', async () => {
    await fire(checkout, 0);
    await fire(payments, 1);
    await resolve(payments, 2);
    const detail = await first();
    const expected = exportMarkdown(detail);
    expect(expected).toContain('| Alert fired | 2026-01-02 03:00:00 UTC | 30 s |');
    fc.assert(
      fc.property(fc.shuffledSubarray([...detail.timeline], { minLength: detail.timeline.length }), (shuffled) => {
        const alertsReversed = detail.incident.alerts.toReversed();
        return exportMarkdown({ incident: { ...detail.incident, alerts: alertsReversed }, timeline: shuffled }) === expected;
      }),
      { numRuns: 20 },
    );
  });

  it('keeps the order of the SRE template', async () => {
    await fire(payments, 0);
    const text = exportMarkdown(await first());
    expect(text.match(/^## .*$/gm)).toEqual(
      [
        'Summary',
        'Impact',
        'Root causes',
        'Trigger',
        'Resolution',
        'Detection',
        'Action items',
        'Lessons learned',
        'Timeline',
        'Supporting information',
      ].map((name) => `## ${name}`),
    );
  });

  it('hostile text stays text', async () => {
    const hostile = '<img src=x onerror=alert(1)> [a](javascript:b) | `x` \n# h ![i](http://e) @all';
    await fire(anAlert({ alertname: hostile, environment: 'prod', service: hostile }), 0);
    const id = incidents.list()[0]?.id ?? '';
    await incidents.addNote(id, { kind: 'human.note', text: hostile }, hostile);
    const text = exportMarkdown(await first());
    expect(text).not.toMatch(/<img|\]\(|^# h|http:\/\/e|@all/m);
    for (const row of text.split('\n').filter((line) => line.startsWith('| 2026'))) {
      expect(row.replaceAll('\\|', '').split('|')).toHaveLength(6);
    }
  });

  it('sorts by time, lane, id', () => {
    const entry = (id: string, lane: TimelineEntry['lane'], occurredAt: number): TimelineEntry => ({
      id,
      lane,
      occurredAt,
      incidentId: '',
      kind: 'human.note',
      entity: null,
      precisionMs: 0,
      observedAt: 0,
      title: '',
      body: '',
      severity: 'info',
      source: '',
      actor: '',
      evidence: [],
    });
    const entries = [entry('b', 'human', 1), entry('a', 'human', 1), entry('z', 'alert', 1), entry('y', 'human', 0)];
    expect(sortTimeline(entries).map(({ id }) => id)).toEqual(['y', 'z', 'a', 'b']);
  });
});
