import { execFile } from 'node:child_process';
import { globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Console } from '../harness/console.ts';
import { eventually } from '../harness/eventually.ts';
import { ROOT } from '../harness/program.ts';
import { ALERTS, type LabelSet, ROUTING_CASES } from './routing-cases.ts';

const run = promisify(execFile);
const AT_ONCE = 4;
const SHIPPED = readFileSync(join(ROOT, 'alert-rules/routing.yaml'), 'utf8');
const NOBODY = 'route: { receiver: nobody }\nreceivers: [{ name: nobody }]\n';

const CASES = [
  { why: 'the routing that is shipped', text: SHIPPED },
  ...ROUTING_CASES.map(({ why, route }) => ({ why, text: `${route}${namesOnly(route)}` })),
];

interface AlertRow {
  readonly labels: LabelSet;
  readonly receivers: readonly string[];
}

describe('routing agrees with amtool', () => {
  const stack = new AsyncDisposableStack();
  const folder = mkdtempSync(join(tmpdir(), 'tila-amtool-'));
  let tila: Console;

  beforeAll(async () => {
    stack.defer(() => rmSync(folder, { recursive: true, force: true }));
    tila = stack.use(
      // A webhook nobody answers: this is about who would be told.
      new Console(
        { config: 'rules: [rules.yaml]\nrouting: routing.yaml\n', rules: firing(ALERTS), routing: NOBODY },
        { TILA_TEAMS_WEBHOOK_URL: 'http://127.0.0.1:9/' },
      ),
    );
    await tila.start();
    await tila.signIn();
    await eventually('every alert fires', async () => (await alerts()).length === ALERTS.length);
  });

  afterAll(() => stack.disposeAsync());

  const alerts = async () => (await tila.api<AlertRow[]>('/api/alerts')).filter(({ labels }) => labels.tried !== undefined);

  it.for(CASES)('$why', async ({ text }) => {
    tila.write('routing.yaml', text);
    await tila.api('/api/admin/reload', { method: 'POST' });
    const ours = new Map((await alerts()).map(({ labels, receivers }) => [keyOf(labels), receivers.join()]));
    const config = join(folder, 'alertmanager.yaml');
    writeFileSync(config, routesOnly(text));
    const theirs = new Map(
      await inBatches(tried(ALERTS), async (labels) => [keyOf(labels), await amtool(config, labels)] as const),
    );
    expect(theirs.size).toBe(ALERTS.length);
    expect([...new Set(theirs.values())].length, 'the label sets tell routes apart').toBeGreaterThanOrEqual(2);
    expect(Object.fromEntries(ours)).toEqual(Object.fromEntries(theirs));
  });
});

describe('promtool takes what is shipped', () => {
  it('every rule file', async () => {
    const files = globSync('alert-rules/**/*.rules.yaml', { cwd: ROOT });
    expect(files.length).toBeGreaterThan(3);
    const { stdout } = await run('promtool', ['check', 'rules', ...files], { cwd: ROOT });
    expect(stdout.match(/SUCCESS: [1-9]\d* rules found/g)).toHaveLength(files.length);
  });

  it('every unit test of rules, and each rule file has one', async () => {
    const tests = globSync('alert-rules/**/*.test.yaml', { cwd: ROOT });
    const rules = globSync('alert-rules/**/*.rules.yaml', { cwd: ROOT });
    expect(tests.map((file) => file.replace('.test.', '.rules.')).sort()).toEqual([...rules].sort());
    const { stdout } = await run('promtool', ['test', 'rules', ...tests], { cwd: ROOT });
    expect(stdout.match(/SUCCESS/g)).toHaveLength(tests.length);
  });
});

/** The alerts with a label of their own each, so that equal names do not collide in one rule group. */
function tried(all: readonly LabelSet[]): readonly LabelSet[] {
  return all.map((labels, index) => ({ ...labels, tried: String(index) }));
}

/** A rule that always fires for each label set. Rule files are YAML, of which JSON is a part. */
function firing(all: readonly LabelSet[]): string {
  const rules = tried(all).map(({ alertname, ...labels }) => ({ alert: alertname, expr: 'vector(1)', labels }));
  return JSON.stringify({ groups: [{ name: 'tried', interval: '1s', rules }] });
}

/** Receivers in the order of the tree, each once, as both programs report them. */
async function amtool(config: string, labels: LabelSet): Promise<string> {
  const matchers = Object.entries(labels).map(([name, value]) => `${name}=${JSON.stringify(value)}`);
  const { stdout } = await run('amtool', ['config', 'routes', 'test', `--config.file=${config}`, ...matchers]);
  return [...new Set(stdout.trim().split(','))].join();
}

async function inBatches<In, Out>(all: readonly In[], work: (one: In) => Promise<Out>): Promise<readonly Out[]> {
  const results: Out[] = [];
  for (let start = 0; start < all.length; start += AT_ONCE) {
    results.push(...(await Promise.all(all.slice(start, start + AT_ONCE).map(work))));
  }
  return results;
}

/** The route tree of a file and names of receivers: Debian's amtool does not know all integrations, nor `${NAME}`. */
function routesOnly(text: string): string {
  const route = /^route:\n(?:(?:[ #].*)?\n)+/m.exec(text)?.[0] ?? '';
  return `${route}${namesOnly(route)}`;
}

function namesOnly(route: string): string {
  const names = new Set([...route.matchAll(/receiver: (\S+)/g)].map(([, name]) => name));
  return `receivers: ${JSON.stringify([...names].map((name) => ({ name })))}\n`;
}

function keyOf(labels: LabelSet): string {
  return JSON.stringify(Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1)));
}
