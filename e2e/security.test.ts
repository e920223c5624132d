import type { AuditView } from '@tila/contract/audit.ts';
import type { IncidentView } from '@tila/contract/incidents.ts';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launchBrowser } from './harness/browser.ts';
import { Console } from './harness/console.ts';
import { Exporter } from './harness/estate.ts';
import { eventually } from './harness/eventually.ts';
import { ask, collectComplaints, PASSWORD, signInByLink } from './harness/operator.ts';
import { tila as command } from './harness/program.ts';

const SCRIPT = '<img src=x onerror=alert(1)>';
/** In YAML's and the exposition's double quotes alike. */
const HOSTILE = `${SCRIPT}<script>alert(2)</script>`;

const RULES = `groups:
  - name: hostile
    interval: 1s
    rules:
      - alert: Hostile
        expr: 'orders_stuck > 0'
        labels: { severity: critical, note: "${HOSTILE}" }
        annotations:
          summary: "stuck: {{ $labels.shop }} ${HOSTILE}"
          description: "{{ $labels.shop }} [here](javascript:alert(3))"
          runbook_url: 'javascript:alert(4)'
`;

const DASHBOARD = `title: "Orders ${HOSTILE}"
for: service
panels:
  - title: "Stuck ${HOSTILE}"
    unit: short
    queries:
      - expr: orders_stuck{environment="$environment", cluster="$cluster", service="$service"}
        legend: "{{shop}} ${HOSTILE}"
`;

const config = (exporter: Exporter): string => `sources:
  - type: prometheus_scrape
    name: "shop ${SCRIPT}"
    scrape_interval: 1s
    static_configs:
      - targets: ['${exporter.address}']
        labels: { environment: "prod", cluster: "core", service: "${SCRIPT}" }
rules: [rules.yaml]
dashboards: ['dashboards/*.yaml']
routing: routing.yaml
`;

/** Addresses that answer GET; that none is missing from the guarded ones is the matter of server/src/http/access.test.ts. */
const GUARDED = [
  '/metrics',
  '/api/session',
  '/api/overview',
  '/api/inventory',
  '/api/sources',
  '/api/deliveries',
  '/api/dashboards',
  '/api/alerts',
  '/api/alerts/x/history',
  '/api/rules',
  '/api/silences',
  '/api/incidents',
  '/api/incidents/x',
  '/api/incidents/x/export.md',
  '/api/tokens',
  '/api/audit',
  '/api/demo/scenarios',
  '/api/v1/query?query=up',
  '/api/v1/query_range?query=up&start=0&end=1&step=1',
  '/api/v1/series?match[]=up',
  '/api/v1/labels',
  '/api/v1/label/job/values',
  '/api/v1/metadata',
  '/api/v1/rules',
  '/api/v1/alerts',
  '/api/v1/status/buildinfo',
  '/api/v1/ingest/watermark?source=x',
];
const OPEN = ['/healthz', '/readyz', '/', '/login', '/icon.svg'];

describe('a console that strangers can reach', { timeout: 60_000 }, () => {
  let exporter: Exporter;
  let tila: Console;
  let browser: Browser;
  let page: Page;
  let link: string;

  beforeAll(async () => {
    [exporter, browser] = await Promise.all([Exporter.start(`orders_stuck{shop="${HOSTILE}"} 1\n`), launchBrowser()]);
    tila = new Console({
      config: config(exporter),
      rules: RULES,
      routing: 'route: { receiver: nobody }\nreceivers: [{ name: nobody }]\n',
      dashboards: { 'hostile.dashboard.yaml': DASHBOARD },
    });
    await tila.start();
    [, link = ''] = await tila.program.printed(/sign in once with (\S+)/);
    page = await (await browser.newContext()).newPage();
    await signInByLink(page, link);
  });

  afterAll(async () => {
    await browser.close();
    await tila[Symbol.asyncDispose]();
    await exporter[Symbol.asyncDispose]();
  });

  const statusOf = async (path: string, init: RequestInit = {}): Promise<number> => {
    const answer = await fetch(`${tila.url}${path}`, init);
    await answer.arrayBuffer();
    return answer.status;
  };
  const post = (path: string, body: unknown, headers: Record<string, string> = {}): Promise<number> =>
    statusOf(path, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', Origin: tila.url, ...headers },
      body: JSON.stringify(body),
    });
  const cookie = async (): Promise<string> =>
    (await page.context().cookies()).map(({ name, value }) => `${name}=${value}`).join('; ');

  it('every address but health and the empty page answers 401 to a stranger', async () => {
    const guarded = await Promise.all(GUARDED.map(async (path) => `${await statusOf(path)} ${path}`));
    expect(guarded.filter((line) => !line.startsWith('401'))).toEqual([]);
    const open = await Promise.all(OPEN.map(async (path) => `${await statusOf(path)} ${path}`));
    expect(open.filter((line) => !line.startsWith('200'))).toEqual([]);
  });

  it('a stranger on the live feed is turned away, and so is a page elsewhere', async () => {
    const feed = `${tila.url}/socket.io/?EIO=4&transport=polling`;
    const sid = /"sid":"([^"]+)"/.exec(await (await fetch(feed)).text())?.[1];
    await fetch(`${feed}&sid=${sid}`, { method: 'POST', body: '40' });
    expect(await (await fetch(`${feed}&sid=${sid}`)).text()).toBe('44{"message":"unauthenticated"}');
    expect(await statusOf('/socket.io/?EIO=4&transport=polling', { headers: { Origin: 'https://evil.example' } })).toBe(403);
  });

  it('the policy of the page allows no inline script, and the cookie is out of its reach', async () => {
    const policy = (await fetch(tila.url)).headers.get('content-security-policy') ?? '';
    const directives = new Map(policy.split(';').map((part) => [part.trim().split(' ')[0], part.trim().split(' ').slice(1)]));
    const scripts = directives.get('script-src') ?? directives.get('default-src');
    expect(scripts).toEqual(["'self'"]);
    expect(directives.get('frame-ancestors')).toEqual(["'none'"]);
    expect(await page.context().cookies()).toMatchObject([{ httpOnly: true, sameSite: 'Strict' }]);
  });

  it('a request from a page elsewhere is refused, with or without our cookie', async () => {
    const foreign = { Origin: 'https://evil.example' };
    const silence = { matchers: [{ name: 'a', value: 'b' }] };
    expect(await post('/api/silences', silence, { ...foreign, Cookie: await cookie() })).toBe(403);
    expect(await post('/api/session', { user: 'admin', password: PASSWORD }, foreign)).toBe(403);
  });

  it('the one-time link has worked once and never again', async () => {
    expect(await post('/api/session/once', { token: link.split('#')[1] })).toBe(401);
  });

  it('/metrics is for bearer tokens, not for names', async () => {
    const created = command(['token', 'create', '--name', 'scraper', '--config', `${tila.folder}/tila.yaml`]);
    const [token] = await created.printed(/tila_\S+/);
    expect(await statusOf('/metrics', { headers: { Authorization: `Bearer ${token}` } })).toBe(200);
    expect(await statusOf('/metrics', { headers: { Authorization: `Bearer ${token}x` } })).toBe(401);
    expect(await statusOf('/metrics', { headers: { Authorization: `Basic ${btoa(`admin:${PASSWORD}`)}` } })).toBe(401);
  });

  it('names and addresses full of script do nothing on any view', async () => {
    const incident = await eventually('an incident', async () => (await ask<IncidentView[]>(page, '/api/incidents'))[0]);
    const complaints = collectComplaints(page);
    const views = [
      { path: '/', shows: page.getByRole('link', { name: SCRIPT }) },
      {
        path: `/service/prod/core/${encodeURIComponent(SCRIPT)}`,
        shows: page.getByRole('img', { name: /^Stuck <img/ }).first(),
      },
      { path: '/alerts', shows: page.getByRole('article', { name: /Hostile/ }) },
      { path: '/incidents', shows: page.getByRole('link', { name: /Incident #1/ }) },
      { path: `/incidents/${incident.id}`, shows: page.getByRole('list', { name: 'Timeline' }) },
      { path: '/sources', shows: page.getByRole('region', { name: /^shop <img/ }) },
      { path: '/silences', shows: page.getByRole('heading', { level: 1 }) },
      { path: '/settings', shows: page.getByRole('heading', { level: 1 }) },
    ];
    for (const { path, shows } of views) {
      await page.goto(tila.url + path);
      await shows.waitFor();
      for (const details of await page.locator('main details:not([open]) > summary').all()) {
        await details.click();
      }
      expect(await page.locator('img[src="x"], main script, [href^="javascript:" i]').count(), path).toBe(0);
    }
    expect(complaints).toEqual([]);
  });

  it('what was changed and tried is in the audit log', async () => {
    const entries = await ask<AuditView[]>(page, '/api/audit');
    const told = entries.map(({ actor, action, outcome }) => `${actor} ${action} ${outcome}`);
    expect(told).toEqual(
      expect.arrayContaining([
        'admin login_link.used ok',
        'unknown user login_link.used failed',
        'admin password.set ok',
        'command line token.created ok',
      ]),
    );
  });

  it('guessing passwords is slowed down, whoever guesses', async () => {
    const statuses: number[] = [];
    for (let guess = 0; guess < 12 && statuses.at(-1) !== 429; guess += 1) {
      statuses.push(await post('/api/session', { user: 'admin', password: `guess ${guess}` }));
    }
    expect(new Set(statuses.slice(0, -1))).toEqual(new Set([401]));
    expect(statuses.at(-1)).toBe(429);
    expect(await post('/api/session', { user: 'admin', password: PASSWORD })).toBe(429);
  });
});
