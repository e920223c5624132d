import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launchBrowser } from '../harness/browser.ts';
import { Console } from '../harness/console.ts';
import { eventually } from '../harness/eventually.ts';
import { countDocuments, signInByLink } from '../harness/operator.ts';
import { MailReceiver, TeamsReceiver } from '../harness/receivers.ts';
import { NodeExporter } from './node-exporter.ts';
import { Prometheus } from './prometheus.ts';

const RULES = `groups:
  - name: instances
    interval: 1s
    rules:
      - alert: InstanceDown
        expr: up == 0
        for: 2s
        labels: { severity: critical }
        annotations: { summary: '{{ $labels.instance }} of {{ $labels.job }} does not answer' }
`;

const sources = (exporter: string, prometheus: string): string => `sources:
  - type: prometheus_scrape
    name: node
    scrape_interval: 1s
    static_configs:
      - targets: ['${exporter}']
        labels: { environment: prod, cluster: metal, service: node }
  - type: prometheus_federate
    name: prometheus
    url: ${prometheus}
    match: ['{job="node-federated"}', '{job="prometheus"}']
    interval: 1s
rules: [rules.yaml]
routing: routing.yaml
`;

const routing = (teams: string, smarthost: string): string => `global:
  smtp_smarthost: ${smarthost}
  smtp_from: tila@example.com
  smtp_require_tls: false
route:
  receiver: people
  group_by: [alertname, job]
  group_wait: 0s
  group_interval: 1s
receivers:
  - name: people
    msteamsv2_configs: [{ webhook_url: '${teams}' }]
    email_configs: [{ to: oncall@example.com, send_resolved: true }]
`;

interface IncidentRow {
  readonly id: string;
  readonly state: string;
  readonly alerts: readonly {
    readonly name: string;
    readonly firing: boolean;
    readonly labels: Readonly<Record<string, string>>;
  }[];
}

describe('a real exporter, scraped and federated, stops and comes back', () => {
  const stack = new AsyncDisposableStack();
  let exporter: NodeExporter;
  let teams: TeamsReceiver;
  let mail: MailReceiver;
  let tila: Console;
  let page: Page;
  let documents: () => number;

  beforeAll(async () => {
    exporter = stack.use(await NodeExporter.start());
    const prometheus = stack.use(await Prometheus.start(exporter.address));
    teams = stack.use(await TeamsReceiver.start());
    mail = stack.use(await MailReceiver.start());
    tila = stack.use(
      new Console({
        config: sources(exporter.address, prometheus.url),
        rules: RULES,
        routing: routing(teams.url, mail.smarthost),
      }),
    );
    await tila.start();
    page = await openPage(
      stack.adopt(await launchBrowser(), (browser) => browser.close()),
      tila,
    );
    documents = countDocuments(page);
  });

  afterAll(() => stack.disposeAsync());

  /** The link works once, so the test's own requests go through the browser's session. */
  async function ask<T>(path: string): Promise<T> {
    const response = await page.request.get(`${tila.url}${path}`);
    expect(response.status(), path).toBe(200);
    return (await response.json()) as T; // the caller names the shape the route is documented to have
  }

  it('both jobs are up, and the page says so', async () => {
    await eventually('both jobs are up', async () => {
      const answer = await ask<{ data: { result: readonly unknown[] } }>('/api/v1/query?query=up%20==%201');
      return answer.data.result.length >= 3;
    });
    await page.getByRole('link', { name: /^node prod .*ok/i }).waitFor();
    expect(teams.cards).toEqual([]);
  });

  it('the exporter dies: alerts, messages, incident and page', async () => {
    await exporter.stop();
    const down = await eventually('an open incident with InstanceDown of both jobs', async () => {
      const incidents = (await ask<IncidentRow[]>('/api/incidents')).filter(({ state }) => state !== 'resolved');
      const jobs = incidents.flatMap(({ alerts }) => alerts.map(({ labels }) => labels.job));
      return jobs.includes('node') && jobs.includes('node-federated') ? incidents : undefined;
    });
    expect(down.flatMap(({ alerts }) => alerts.map(({ name }) => name))).toEqual(['InstanceDown', 'InstanceDown']);
    await eventually('a card about each job', () => cardsWith(teams, `${exporter.address} of node does not answer`).length > 0);
    await eventually(
      'a card about the federated job',
      () => cardsWith(teams, `${exporter.address} of node-federated does not answer`).length > 0,
    );
    await eventually('a mail about each job', () => mail.mails.length >= 2);
    const mails = mail.mails.map(({ mail: { subject, text } }) => `${subject}\n${text}`);
    expect(mails).toEqual([expect.stringContaining('InstanceDown'), expect.stringContaining('InstanceDown')]);
    expect(mails.join()).toContain(`${exporter.address} of node-federated does not answer`);
    await page.getByRole('link', { name: /^node prod .*critical/i }).waitFor();
  });

  it('the page showed it without loading anything anew, and shows the incident', async () => {
    expect(documents()).toBe(0);
    await page
      .getByRole('link', { name: /Incidents/ })
      .first()
      .click();
    await page
      .getByRole('list', { name: 'Incidents' })
      .getByRole('link', { name: /InstanceDown/ })
      .first()
      .waitFor();
  });

  it('the exporter is back: all resolve', async () => {
    await exporter.start();
    await eventually('every incident is resolved', async () => {
      const incidents = await ask<IncidentRow[]>('/api/incidents');
      return incidents.length > 0 && incidents.every(({ state }) => state === 'resolved');
    });
    await eventually('resolve mails of both jobs', () => mail.mails.length >= 4);
    await eventually('resolve cards of both jobs', () => teams.cards.length >= 4);
    await eventually('the page shows no open incident', async () => (await page.getByText('0 open').count()) > 0);
    expect(documents()).toBe(0);
  });
});

function cardsWith(teams: TeamsReceiver, text: string): readonly unknown[] {
  // A card escapes Markdown, so "-" and "." may come with a backslash.
  return teams.cards.filter((card) => card.text.replaceAll('\\', '').includes(text));
}

async function openPage(browser: Browser, tila: Console): Promise<Page> {
  const page = await browser.newPage();
  await eventually('the sign-in link', () => tila.loginUrl !== '');
  await signInByLink(page, tila.loginUrl);
  return page;
}
