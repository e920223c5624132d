import { existsSync } from 'node:fs';
import chromiumFromNpm from '@sparticuz/chromium';
import { type Browser, chromium } from 'playwright-core';

const INSTALLED = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/** A headless browser: the machine's own where there is one, else the one that came from npm. The caller closes it. */
export async function launchBrowser(): Promise<Browser> {
  const installed = process.env.TILA_BROWSER === 'npm' ? undefined : INSTALLED.find((path) => existsSync(path));
  return chromium.launch({
    executablePath: installed ?? (await chromiumFromNpm.executablePath()),
    args: installed === undefined ? chromiumFromNpm.args : ['--no-sandbox', '--disable-dev-shm-usage'],
    headless: true,
  });
}
