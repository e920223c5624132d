import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from '../harness/eventually.ts';
import { Program } from '../harness/program.ts';
import { freePort } from './free-port.ts';

/** Debian's Prometheus with a data folder of its own: scrapes a node_exporter as `node-federated` and itself as `prometheus`, every second. */
export class Prometheus implements AsyncDisposable {
  readonly url: string;
  readonly #folder: string;
  readonly #program: Program;

  private constructor(url: string, folder: string, program: Program) {
    this.url = url;
    this.#folder = folder;
    this.#program = program;
  }

  static async start(exporter: string): Promise<Prometheus> {
    const folder = mkdtempSync(join(tmpdir(), 'tila-prometheus-'));
    const address = `127.0.0.1:${await freePort()}`;
    const config = join(folder, 'prometheus.yml');
    writeFileSync(config, configuration(exporter, address));
    const program = new Program('prometheus', [
      `--config.file=${config}`,
      `--storage.tsdb.path=${join(folder, 'data')}`,
      `--web.listen-address=${address}`,
      '--log.level=warn',
    ]);
    const prometheus = new Prometheus(`http://${address}`, folder, program);
    await eventually('Prometheus is ready', async () => (await fetch(`${prometheus.url}/-/ready`)).ok);
    return prometheus;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#program.stop('SIGKILL');
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

function configuration(exporter: string, self: string): string {
  return `global:
  scrape_interval: 1s
  scrape_timeout: 900ms
scrape_configs:
  - job_name: node-federated
    static_configs: [{ targets: ['${exporter}'] }]
  - job_name: prometheus
    static_configs: [{ targets: ['${self}'] }]
`;
}
