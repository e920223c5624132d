// From a sample that has landed to the change of the document in a real browser, while 99 more viewers watch.
import type { Page } from 'playwright-core';
import { launchBrowser } from '../harness/browser.ts';
import { eventually } from '../harness/eventually.ts';
import { signInByLink } from '../harness/operator.ts';
import { report, reportDelay } from './figures.ts';
import { startLatencyConsole } from './latency-console.ts';
import { Viewers } from './viewers.ts';

const BENCH = 'dom-latency';
const WARM_UP = 3;
const ROUNDS = 100;
const SOCKETS = 99;
/** One page at a time: a browser draws the page in front only. */
const VIEWS = [
  { name: 'alerts page', path: '/alerts', heading: 'Alerts', shows: 'failure (\\d+) of the bench' },
  { name: 'overview', path: '/', heading: 'Overview', shows: 'failing-(\\d+) prod critical' },
];

await using stack = new AsyncDisposableStack();
const { exporter, tila } = await startLatencyConsole(stack, '100ms');
const browser = stack.adopt(await launchBrowser(), (opened) => opened.close());
const page = await (await browser.newContext()).newPage();
await signInByLink(page, tila.loginUrl);
const cookies = await page.context().cookies();
const cookie = cookies.map(({ name, value }) => `${name}=${value}`).join('; ');
const viewers = stack.use(await Viewers.connect(SOCKETS, tila.url, cookie));
for (const { name, path, heading, shows } of VIEWS) {
  await page.goto(`${tila.url}${path}`);
  await page.getByRole('heading', { level: 1, name: heading }).waitFor();
  await observe(page, shows);
  const delays: number[] = [];
  for (let n = 0; n < WARM_UP + ROUNDS; n += 1) {
    const round = await exporter.failOnce(0);
    delays.push((await shownAt(page, round)) - (exporter.landedAt.get(round) ?? Number.NaN));
  }
  reportDelay(BENCH, `rules every 100ms, 100 viewers: sample landed to ${name}`, delays.slice(WARM_UP));
}
report({ bench: BENCH, figure: 'messages each viewer got', value: viewers.messages / SOCKETS, unit: 'messages' });

/** From now on the page notes when a text first appears in its document, by the number in it. */
async function observe(page: Page, pattern: string): Promise<void> {
  await page.evaluate((source) => {
    const seen: Record<string, number> = {};
    Reflect.set(window, 'seen', seen);
    const note = (node: Node, at: number): void => {
      for (const [, round = ''] of (node.textContent ?? '').matchAll(new RegExp(source, 'g'))) {
        seen[round] ??= at;
      }
    };
    new MutationObserver((changes) => {
      const at = Date.now();
      for (const { addedNodes, target } of changes) {
        for (const node of addedNodes) {
          note(node, at);
        }
        note(target.parentElement?.closest('a, article') ?? target, at);
      }
    }).observe(document.body, { childList: true, characterData: true, subtree: true });
  }, pattern);
}

async function shownAt(page: Page, round: number): Promise<number> {
  return eventually(
    `failure ${round} on ${page.url()}`,
    () => page.evaluate((number) => Reflect.get(window, 'seen')[number] as number | undefined, String(round)), // what `observe` keeps
  );
}
