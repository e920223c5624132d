import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Console } from '../harness/console.ts';
import { eventually } from '../harness/eventually.ts';
import { Program } from '../harness/program.ts';
import { freePort } from './free-port.ts';
import { type InstantAnswer, instantQuery } from './instant-query.ts';
import { NodeExporter } from './node-exporter.ts';

const RULES = `groups:
  - name: remote
    interval: 1s
    rules:
      - record: node:cpu:sum
        expr: sum(node_cpu_seconds_total)
      - alert: NodeIsUp
        expr: up{job="node"} == 1
`;

const config = (engine: string, exporter: string, evaluate: string): string => `storage:
  remote:
    write_url: ${engine}/api/v1/write
    read_url: ${engine}
    read_by: remote_read
    evaluate: ${evaluate}
rules: [rules.yaml]
sources:
  - type: prometheus_scrape
    name: node
    scrape_interval: 1s
    static_configs: [{ targets: ['${exporter}'], labels: { job: node } }]
`;

/** Debian's Prometheus with nothing to scrape: it takes remote write. */
class Engine implements AsyncDisposable {
  readonly folder = mkdtempSync(join(tmpdir(), 'tila-engine-'));
  readonly url: string;
  #program: Program | undefined;

  private constructor(address: string) {
    this.url = `http://${address}`;
  }

  static async make(): Promise<Engine> {
    return new Engine(`127.0.0.1:${await freePort()}`);
  }

  async start(): Promise<void> {
    writeFileSync(join(this.folder, 'prometheus.yml'), 'storage: { tsdb: { out_of_order_time_window: 30m } }\n');
    this.#program = new Program('prometheus', [
      `--config.file=${join(this.folder, 'prometheus.yml')}`,
      `--storage.tsdb.path=${join(this.folder, 'data')}`,
      `--web.listen-address=${this.url.slice('http://'.length)}`,
      '--web.enable-remote-write-receiver',
      '--log.level=warn',
    ]);
    await eventually('the engine is ready', async () => (await fetch(`${this.url}/-/ready`)).ok);
  }

  async stop(): Promise<void> {
    await this.#program?.stop('SIGTERM');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#program?.stop('SIGKILL');
    rmSync(this.folder, { recursive: true, force: true });
  }
}

describe.for(['here', 'there'])('a console whose samples are in Prometheus, expressions evaluated %s,', (evaluate) => {
  const stack = new AsyncDisposableStack();
  let engine: Engine;
  let tila: Console;
  let cookie: string;

  beforeAll(async () => {
    const exporter = stack.use(await NodeExporter.start());
    engine = stack.use(await Engine.make());
    await engine.start();
    tila = stack.use(new Console({ config: config(engine.url, exporter.address, evaluate), rules: RULES, routing: '' }));
    await tila.start();
    cookie = await tila.signIn();
  });

  afterAll(() => stack.disposeAsync());

  const ask = (expr: string, atMs = Date.now()): Promise<InstantAnswer> =>
    instantQuery({ url: tila.url, headers: { Cookie: cookie } }, expr, atMs);

  it('answers queries from there, as it does itself', async () => {
    await eventually('samples come back', async () => (await ask('count_over_time(up{job="node"}[1m])')).size === 1);
    const atMs = Date.now() - 2_000;
    const expr = 'sum by (mode) (node_cpu_seconds_total)';
    expect(await ask(expr, atMs)).toEqual(await instantQuery(engine, expr, atMs));
  });

  it('evaluates its rules on it', async () => {
    await eventually('a recording rule has a result', async () => (await ask('node:cpu:sum')).size === 1);
    await eventually('an alert fires', async () => {
      const { data } = await tila.api<{ data: { alerts: { labels: { alertname: string }; state: string }[] } }>('/api/v1/alerts');
      return data.alerts.some(({ labels, state }) => labels.alertname === 'NodeIsUp' && state === 'firing');
    });
  });

  it('keeps what it is given while the engine is away, also when it is killed meanwhile', async () => {
    await engine.stop();
    const awayAt = Date.now();
    await eventually('some seconds pass', () => Date.now() > awayAt + 4_000);
    await tila.stop('SIGKILL');
    await engine.start();
    await tila.start();
    await eventually('what was written meanwhile is there', async () => {
      const found = await instantQuery(engine, 'count_over_time(up{job="node"}[3s])', awayAt + 4_000);
      return Number([...found.values()][0] ?? 0) >= 2;
    });
  });
});
