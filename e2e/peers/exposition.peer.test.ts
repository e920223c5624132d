import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Console } from '../harness/console.ts';
import { eventually } from '../harness/eventually.ts';
import { Program, ROOT } from '../harness/program.ts';

const ENVIRONMENTS = ['prod', 'preprod', 'stage', 'dev'];
const PROMTOOL = '/usr/bin/promtool';
/** How promtool ends when it could read a page: without a remark, or with remarks about names. */
const READABLE = [0, 3];

interface TargetGroup {
  readonly targets: readonly string[];
  readonly labels: { readonly __metrics_path__: string };
}

interface Verdict {
  readonly code: number;
  readonly remarks: string;
}

describe('promtool can read', () => {
  const stack = new AsyncDisposableStack();

  afterAll(() => stack.disposeAsync());

  describe('the demo estate', () => {
    let estate: string;

    beforeAll(async () => {
      estate = await startEstate(stack);
    });

    it.for(ENVIRONMENTS)('every exporter of %s', async (environment) => {
      const groups = (await (await fetch(`${estate}/sd/${environment}`)).json()) as TargetGroup[]; // HTTP service discovery's shape
      expect(groups.length).toBeGreaterThan(5);
      for (const { targets, labels } of groups) {
        const response = await fetch(`http://${targets[0]}${labels.__metrics_path__}`, { headers: { Accept: 'text/plain' } });
        const page = await response.text();
        expect(page.length).toBeGreaterThan(100);
        const { code, remarks } = await promtool(page);
        expect(READABLE, `${labels.__metrics_path__}: ${remarks}`).toContain(code);
      }
    });

    it('its federation page', async () => {
      const query = new URLSearchParams({ 'match[]': '{job!=""}' });
      const page = await (await fetch(`${estate}/prometheus/management/federate?${query}`)).text();
      const { code, remarks } = await promtool(page);
      expect(READABLE, remarks).toContain(code);
    });
  });

  it("Tila's own metrics", async () => {
    const tila = stack.use(
      new Console({ config: 'rules: [rules.yaml]\nrouting: routing.yaml\n', rules: RULES, routing: ROUTING }),
    );
    await tila.start();
    const cookie = await tila.signIn();
    const page = await eventually('an evaluated rule', async () => {
      const answer = await (await fetch(`${tila.url}/metrics`, { headers: { Cookie: cookie } })).text();
      return /^tila_alerts\{state="firing"\} 1$/m.test(answer) ? answer : undefined;
    });
    const { code, remarks } = await promtool(page);
    expect(READABLE, remarks).toContain(code);
  });

  it('no page that is broken', async () => {
    expect((await promtool('up{job="a} 1\n')).code).toBe(1);
  });
});

const RULES = 'groups: [{ name: own, interval: 1s, rules: [{ alert: Always, expr: vector(1) }] }]\n';
const ROUTING = 'route: { receiver: nobody }\nreceivers: [{ name: nobody }]\n';

async function startEstate(stack: AsyncDisposableStack): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'tila-estate-'));
  stack.defer(() => rmSync(folder, { recursive: true, force: true }));
  const options = ['--port', '0', '--smtp-port', '0', '--state-file', join(folder, 'estate.json')];
  const program = new Program(join(ROOT, 'node_modules/.bin/node'), ['collectors/src/simulator/main.ts', ...options]);
  stack.use(program);
  return (await program.printed(/"url":"(http:[^"]+)"/))[1] ?? '';
}

async function promtool(page: string): Promise<Verdict> {
  const child = spawn(PROMTOOL, ['check', 'metrics']);
  child.stdin.end(page);
  const ended = new Promise<number>((resolve) => child.once('close', (code) => resolve(code ?? -1)));
  const [code, out, errors] = await Promise.all([ended, text(child.stdout), text(child.stderr)]);
  return { code, remarks: `${out}${errors}`.slice(0, 1000) };
}
