// `npm run screenshots`: starts the demo on free ports, waits for its outage to have built an incident, and photographs every view,
// dark and light, wide and phone, and the demo's inbox. With a sign-in link as argument, it photographs that running console instead.
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { launchBrowser } from '../harness/browser.ts';
import { eventually } from '../harness/eventually.ts';
import { Program, ROOT } from '../harness/program.ts';
import { SIZES, THEMES, VIEWS } from './views.ts';

const FOLDER = join(ROOT, 'docs/screenshots');
const SETTLE_MS = 1500;

mkdirSync(FOLDER, { recursive: true });
const [givenLink] = process.argv.slice(2);
await using demo = givenLink === undefined ? await startDemo() : undefined;
const link = givenLink ?? demo?.link ?? '';
const url = new URL(link).origin;
const browser = await launchBrowser();
try {
  const state = await signIn(browser, link);
  const incident = await waitForIncident();
  for (const theme of THEMES) {
    for (const size of SIZES) {
      await using context = await openContext(theme, size);
      const page = await context.context.newPage();
      for (const view of VIEWS) {
        await page.goto(url + view.path({ incident }));
        await view.ready(page);
        await photograph(page, `${view.name}-${theme}-${size.name}`);
      }
      const inbox = await inboxUrl();
      if (inbox !== undefined) {
        await page.goto(inbox);
        await photograph(page, `inbox-${theme}-${size.name}`);
      }
    }
  }

  async function openContext(theme: 'dark' | 'light', size: (typeof SIZES)[number]) {
    const context = await browser.newContext({
      storageState: state,
      colorScheme: theme,
      viewport: size,
      deviceScaleFactor: size.name === 'phone' ? 2 : 1,
    });
    await context.addInitScript((chosen) => localStorage.setItem('mantine-color-scheme-value', chosen), theme);
    return { context, [Symbol.asyncDispose]: () => context.close() };
  }

  async function ask<T>(path: string): Promise<T> {
    const context = await browser.newContext({ storageState: state });
    try {
      return (await (await context.request.get(url + path)).json()) as T; // the caller names the shape the route has
    } finally {
      await context.close();
    }
  }

  async function waitForIncident(): Promise<string> {
    return eventually('an incident with a delivery', async () => (await ask<{ id: string }[]>('/api/incidents'))[0]?.id, 240_000);
  }

  async function inboxUrl(): Promise<string | undefined> {
    return (await ask<{ demo: { inboxUrl: string } | null }>('/api/session')).demo?.inboxUrl;
  }
} finally {
  await browser.close();
}

async function signIn(opened: Browser, address: string): Promise<Awaited<ReturnType<BrowserContext['storageState']>>> {
  const context = await opened.newContext();
  const page = await context.newPage();
  await page.goto(address);
  await page.getByRole('button', { name: 'Not now' }).click();
  await page.getByRole('navigation', { name: 'Main' }).first().waitFor();
  const state = await context.storageState();
  await context.close();
  return state;
}

async function photograph(page: Page, name: string): Promise<void> {
  await pause(SETTLE_MS);
  await page.screenshot({ path: join(FOLDER, `${name}.png`) });
  process.stdout.write(`${name}.png\n`);
}

async function startDemo() {
  const folder = mkdtempSync(join(tmpdir(), 'tila-shots-'));
  const args = [
    'server/bin/tila.mjs',
    'serve',
    '--data-dir',
    folder,
    '--listen',
    '127.0.0.1:0',
    '--demo-port',
    '0',
    '--demo-smtp-port',
    '0',
  ];
  const program = new Program(join(ROOT, 'node_modules/.bin/node'), [...args, '--demo-scenario', 'payments-bad-deploy@45s']);
  const signInLink = (await program.printed(/sign in once with (\S+)/, 60_000))[1] ?? '';
  await pause(150_000);
  return {
    link: signInLink,
    async [Symbol.asyncDispose]() {
      await program.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
