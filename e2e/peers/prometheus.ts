import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from '../harness/eventually.ts';
import { Program } from '../harness/program.ts';
import { freePort } from './free-port.ts';

export interface PrometheusOptions {
  /** The program; Debian's when not said. */
  readonly program?: string;
  /** Where to send what it scrapes, as an item of `remote_write`. */
  readonly remoteWrite?: object;
}

/** A Prometheus with a data folder of its own: scrapes a node_exporter as `node-federated` and itself as `prometheus`, every second. */
export class Prometheus implements AsyncDisposable {
  readonly url: string;
  readonly #folder: string;
  readonly #program: Program;

  private constructor(url: string, folder: string, program: Program) {
    this.url = url;
    this.#folder = folder;
    this.#program = program;
  }

  static async start(exporter: string, options: PrometheusOptions = {}): Promise<Prometheus> {
    const folder = mkdtempSync(join(tmpdir(), 'tila-prometheus-'));
    const address = `127.0.0.1:${await freePort()}`;
    const config = join(folder, 'prometheus.yml');
    writeFileSync(config, configuration(exporter, address) + remoteWriteSection(options));
    const program = new Program(options.program ?? 'prometheus', [
      `--config.file=${config}`,
      `--storage.tsdb.path=${join(folder, 'data')}`,
      `--web.listen-address=${address}`,
      '--log.level=warn',
    ]);
    const prometheus = new Prometheus(`http://${address}`, folder, program);
    await eventually('Prometheus is ready', async () => (await fetch(`${prometheus.url}/-/ready`)).ok);
    return prometheus;
  }

  /** What it has printed: warnings and errors. */
  get output(): string {
    return this.#program.output;
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

/** JSON is YAML. */
function remoteWriteSection({ remoteWrite }: PrometheusOptions): string {
  return remoteWrite === undefined ? '' : `remote_write: ${JSON.stringify([remoteWrite])}\n`;
}
