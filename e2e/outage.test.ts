import { readFile } from 'node:fs/promises';
import type { AlertView } from '@tila/contract/alerts.ts';
import type { DeliveryView } from '@tila/contract/deliveries.ts';
import type { IncidentDetail, IncidentView } from '@tila/contract/incidents.ts';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launchBrowser } from './harness/browser.ts';
import { Console } from './harness/console.ts';
import { Exporter } from './harness/estate.ts';
import { eventually } from './harness/eventually.ts';
import { ask, collectComplaints, countDocuments, signInByLink } from './harness/operator.ts';
import { MailReceiver, TeamsReceiver } from './harness/receivers.ts';

const RULES = `groups:
  - name: instances
    interval: 1s
    rules:
      - alert: InstanceDown
        expr: up == 0
        for: 2s
        labels: { severity: critical }
        annotations:
          summary: '{{ $labels.service }} on {{ $labels.instance }} does not answer'
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

const routing = (teams: TeamsReceiver, mail: MailReceiver): string => `global:
  smtp_smarthost: ${mail.smarthost}
  smtp_from: tila@example.org
  smtp_require_tls: false
route:
  receiver: sre
  group_by: [environment, cluster]
  group_wait: 1s
  group_interval: 1s
  repeat_interval: 4h
receivers:
  - name: sre
    msteamsv2_configs: [{ webhook_url: '${teams.url}', send_resolved: true }]
    email_configs: [{ to: oncall@example.org, send_resolved: true }]
`;

const tile = (page: Page, status: string) => page.getByRole('link', { name: new RegExp(`^checkout prod.*${status}`, 's') });

describe('an exporter dies and comes back', { timeout: 90_000 }, () => {
  let exporter: Exporter;
  let teams: TeamsReceiver;
  let mail: MailReceiver;
  let tila: Console;
  let browser: Browser;
  let page: Page;
  let complaints: readonly string[];
  let documents: () => number;

  beforeAll(async () => {
    [exporter, teams, mail, browser] = await Promise.all([
      Exporter.start('orders_total 5\n'),
      TeamsReceiver.start(),
      MailReceiver.start(),
      launchBrowser(),
    ]);
    tila = new Console({ config: config(exporter), rules: RULES, routing: routing(teams, mail) });
    await tila.start();
    page = await (await browser.newContext({ acceptDownloads: true })).newPage();
  });

  afterAll(async () => {
    await browser.close();
    await tila[Symbol.asyncDispose]();
    await Promise.all([exporter, teams, mail].map((resource) => resource[Symbol.asyncDispose]()));
  });

  const alert = async (state: AlertView['state']): Promise<AlertView | undefined> =>
    (await ask<AlertView[]>(page, '/api/alerts')).find((one) => one.name === 'InstanceDown' && one.state === state);
  const incident = async (): Promise<IncidentView | undefined> => (await ask<IncidentView[]>(page, '/api/incidents'))[0];

  it('the operator signs in by the one-time link and sees the service ok', async () => {
    const [link = ''] = await tila.program.printed(/http\S+\/login\/once#\S+/);
    await signInByLink(page, link);
    await tile(page, 'ok').waitFor();
    documents = countDocuments(page);
    complaints = collectComplaints(page);
  });

  it('the exporter stops: InstanceDown is pending, then fires, and the open page turns critical by itself', async () => {
    const stoppedAt = Date.now();
    await exporter.stop();
    const pending = await eventually('a pending alert', () => alert('pending'), 10_000);
    const firing = await eventually('a firing alert', () => alert('firing'), 15_000);
    expect(firing.fingerprint).toBe(pending.fingerprint);
    expect(firing.activeAt).toBeGreaterThanOrEqual(stoppedAt - 1000);
    expect((firing.firedAt ?? 0) - firing.activeAt).toBeGreaterThanOrEqual(2000);
    await tile(page, 'critical').waitFor();
    expect(documents()).toBe(0);
  });

  it('the card and the mail arrive', async () => {
    const card = await eventually('the card', () => teams.cards[0], 20_000);
    expect(card.text).toContain('CRITICAL');
    expect(card.text).toContain(exporter.address);
    const received = await eventually('the mail', () => mail.mails[0], 20_000);
    expect(received.mail.subject).toMatch(/CRITICAL.*checkout/);
    expect(received.mail.text).toContain(exporter.address);
  });

  it('the incident page tells what happened, with evidence', async () => {
    const opened = await eventually('an incident', incident);
    await page.getByRole('link', { name: /^Incidents/ }).click();
    await page.getByRole('link', { name: /^Incident #1/ }).click();
    const timeline = page.getByRole('list', { name: 'Timeline' });
    for (const entry of [/^alert\.pending/, /^alert\.firing/, /^incident\.opened/, /^notify\.sent/]) {
      await timeline.getByRole('listitem', { name: entry }).first().waitFor();
    }
    const fired = timeline.getByRole('listitem', { name: /^alert\.firing/ });
    await fired.getByRole('button', { name: 'Show evidence' }).first().click();
    await fired.getByText('Frozen when it happened').waitFor();
    await fired.getByRole('img', { name: /Evidence/ }).waitFor();
    expect(page.url()).toBe(`${tila.url}/incidents/${opened.id}`);
    expect(documents()).toBe(0);
  });

  it('a note, an acknowledgement and the Markdown export', async () => {
    await page.getByLabel('What happened').fill('The rack lost power.');
    await page.getByRole('button', { name: 'Add', exact: true }).click();
    await page
      .getByRole('listitem', { name: /^human\.note: .*/ })
      .getByText('The rack lost power.')
      .first()
      .waitFor();
    await page.getByRole('button', { name: 'Acknowledge' }).click();
    await page.getByText(/acknowledged by admin/).waitFor();
    const [download] = await Promise.all([page.waitForEvent('download'), page.getByText('Export Markdown').click()]);
    const markdown = await readFile(await download.path(), 'utf8');
    expect(markdown).toContain('# Incident #1');
    expect(markdown).toContain('The rack lost power');
    expect(markdown).toContain('InstanceDown');
    await page.getByRole('link', { name: 'Overview', exact: true }).click();
    await tile(page, 'acknowledged').waitFor();
  });

  it('the exporter returns: resolved card and mail, incident resolved, tile ok without a reload', async () => {
    const before = documents();
    await exporter.start();
    await tile(page, 'ok').waitFor({ timeout: 15_000 });
    const resolved = await eventually('the resolved card', () => teams.cards[1], 20_000);
    expect(resolved.text).toContain('RESOLVED');
    const received = await eventually('the resolved mail', () => mail.mails[1], 20_000);
    expect(received.mail.subject).toMatch(/RESOLVED/);
    await eventually('the resolved incident', async () => (await incident())?.state === 'resolved');
    expect(documents()).toBe(before);
  });

  it('told once each: one firing and one resolved delivery per integration, and nothing complained', async () => {
    const deliveries = await ask<DeliveryView[]>(page, '/api/deliveries');
    expect(deliveries.map(({ integration, status, state }) => `${integration} ${status} ${state}`).sort()).toEqual([
      'email firing delivered',
      'email resolved delivered',
      'msteamsv2 firing accepted',
      'msteamsv2 resolved accepted',
    ]);
    expect([teams.cards.length, mail.mails.length]).toEqual([2, 2]);
    const id = (await incident())?.id ?? '';
    const { timeline } = await ask<IncidentDetail>(page, `/api/incidents/${id}`);
    const kinds = timeline.map(({ kind }) => kind);
    for (const [kind, count] of [
      ['alert.firing', 1],
      ['alert.resolved', 1],
      ['notify.sent', 4],
      ['human.note', 1],
      ['incident.resolved', 1],
    ] as const) {
      expect(
        kinds.filter((one) => one === kind),
        kind,
      ).toHaveLength(count);
    }
    expect(timeline.find(({ kind }) => kind === 'alert.firing')?.evidence[0]?.series[0]?.points.length).toBeGreaterThan(0);
    expect(complaints).toEqual([]);
  });
});
