import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { IncidentView } from '@tila/contract/incidents.ts';
import type { Tile } from '@tila/contract/overview.ts';
import type { SessionView } from '@tila/contract/session.ts';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launchBrowser } from './harness/browser.ts';
import { eventually } from './harness/eventually.ts';
import { ask, collectComplaints, countDocuments, signInByLink } from './harness/operator.ts';
import { type Program, tila } from './harness/program.ts';
import { SIZES, THEMES, VIEWS } from './screenshots/views.ts';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const SCENARIO = 'kafka-consumer-stall';

/** The demo's outage takes a while to build its incident; the other views are looked at meanwhile. */
const INCIDENT_LAST = VIEWS.toSorted((a, b) => Number(a.name === 'incident') - Number(b.name === 'incident'));

interface AxeReport {
  readonly violations: readonly {
    readonly id: string;
    readonly help: string;
    readonly nodes: readonly { readonly html: string; readonly failureSummary: string }[];
  }[];
}

/** As if the theme had been chosen in another tab: the page follows without being loaded again. */
async function chooseTheme(page: Page, theme: 'dark' | 'light'): Promise<void> {
  const key = 'mantine-color-scheme-value';
  const event = JSON.stringify({ key, newValue: theme });
  await page.evaluate(`localStorage.setItem('${key}', '${theme}');
    dispatchEvent(new StorageEvent('storage', { ...${event}, storageArea: localStorage }))`);
  await page.locator(`html[data-mantine-color-scheme=${theme}]`).waitFor();
  // Half-way through a transition every colour is wrong.
  await page.evaluate(
    'Promise.allSettled(document.getAnimations().filter((a) => a instanceof CSSTransition).map((a) => a.finished))',
  );
}

/** What axe-core finds on the page as it is. Its source is evaluated from outside, where the page's policy does not reach. */
async function violations(page: Page): Promise<readonly string[]> {
  await page.evaluate(`typeof axe === 'object' || (() => { ${AXE} })()`);
  const report = (await page.evaluate('axe.run(document, { resultTypes: ["violations"] })')) as AxeReport; // what axe.run is documented to resolve with
  return report.violations.map(
    ({ id, help, nodes }) =>
      `${id}: ${help}: ${nodes
        .slice(0, 3)
        .map(({ html, failureSummary }) => `${html} ${failureSummary}`)
        .join(' | ')}`,
  );
}

describe('every view of the demo estate', { timeout: 60_000 }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'tila-views-'));
  let demo: Program;
  let browser: Browser;
  let page: Page;
  let url: string;
  let complaints: readonly string[];

  beforeAll(async () => {
    const ports = ['--listen', '127.0.0.1:0', '--demo-port', '0', '--demo-smtp-port', '0'];
    demo = tila(['serve', '--data-dir', folder, ...ports, '--demo-scenario', 'payments-bad-deploy@5s']);
    browser = await launchBrowser();
    const [, link = ''] = await demo.printed(/sign in once with (\S+)/, 60_000);
    url = new URL(link).origin;
    page = await (await browser.newContext({ viewport: { width: 1440, height: 900 } })).newPage();
    await signInByLink(page, link);
    complaints = collectComplaints(page);
  }, 90_000);

  afterAll(async () => {
    await browser.close();
    await demo[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true, force: true });
  });

  const firstIncident = async (): Promise<string> =>
    (await eventually('an incident', async () => (await ask<IncidentView[]>(page, '/api/incidents'))[0], 50_000)).id;

  it('the overview arrives with its history: tiles of every environment have lines', async () => {
    const tiles = await eventually(
      'sparklines',
      async () => {
        const all = await ask<Tile[]>(page, '/api/overview');
        return all.filter((tile) => tile.sparkline.points.length > 10).length > 20 ? all : undefined;
      },
      60_000,
    );
    expect(new Set(tiles.map(({ environment }) => environment))).toEqual(
      new Set(['prod', 'preprod', 'stage', 'dev', 'management']),
    );
    expect(tiles.length).toBeGreaterThan(50);
    await page
      .getByRole('link', { name: /^payments prod / })
      .first()
      .waitFor();
  });

  it('the demo bar leads to the inbox and starts a scenario', async () => {
    const session = await ask<SessionView>(page, '/api/session');
    const inbox = new URL(session.demo?.inboxUrl ?? '');
    expect(await page.getByRole('link', { name: /^Inbox/ }).getAttribute('href')).toBe(inbox.href);
    expect((await page.request.get(inbox.href)).ok()).toBe(true);
    await page.getByRole('button', { name: SCENARIO.replaceAll('-', ' ') }).click();
    await page.getByText(`Started ${SCENARIO.replaceAll('-', ' ')}`).waitFor();
    const state = await page.request.get(`${inbox.origin}/state`, { headers: { 'X-Tila-Demo': '1' } });
    expect(await state.json()).toMatchObject({ running: expect.arrayContaining([SCENARIO]) });
  });

  it('the keyboard gets everywhere, without loading a page', async () => {
    const documents = countDocuments(page);
    await page.keyboard.press('?');
    await page.getByRole('dialog', { name: 'Keyboard shortcuts' }).waitFor();
    expect(await violations(page)).toEqual([]);
    await page.keyboard.press('Escape');
    await page.getByRole('dialog', { name: 'Keyboard shortcuts' }).waitFor({ state: 'hidden' });
    await page.keyboard.press('g');
    await page.keyboard.press('a');
    await page.getByRole('heading', { level: 1, name: 'Alerts' }).waitFor();
    await page.keyboard.press('/');
    await page.keyboard.type('pay');
    expect(await page.locator('[data-search]:focus').inputValue()).toBe('pay');
    await page.keyboard.press('g');
    expect(await page.locator('[data-search]:focus').inputValue(), 'a shortcut is text while someone types').toBe('payg');
    expect(documents()).toBe(0);
  });

  it.for(INCIDENT_LAST)('$name: accessible in both themes, wide and on a phone, and nothing sticks out', async (view) => {
    const incident = view.name === 'incident' ? await firstIncident() : '';
    await page.setViewportSize(SIZES[0]);
    await page.goto(url + view.path({ incident }));
    await view.ready(page);
    for (const size of SIZES) {
      await page.setViewportSize(size);
      await page.getByRole('heading', { level: 1 }).waitFor();
      const overflow = await page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth');
      expect(overflow, `${size.name} scrolls sideways`).toBeLessThanOrEqual(0);
      for (const colorScheme of THEMES) {
        await chooseTheme(page, colorScheme);
        expect(await violations(page), `${size.name} ${colorScheme}`).toEqual([]);
      }
    }
  });

  it('no view complained in the console', () => {
    expect(complaints).toEqual([]);
  });
});
