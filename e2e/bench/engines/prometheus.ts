import { existsSync, readdirSync } from 'node:fs';
import { Folder } from '../../harness/folders.ts';
import { Program } from '../../harness/program.ts';
import { bytesBelow } from './disk.ts';
import { type DiskUse, Engine, type EngineSetup } from './engine.ts';
import { freePort } from './http.ts';
import { pathOf, versionOf } from './peer-binary.ts';

/** A real Prometheus that takes remote write. */
export class Prometheus extends Engine {
  readonly name = 'Prometheus';
  readonly version: string;
  readonly #binary: string;
  readonly #folder: Folder;
  #port = 0;

  private constructor(binary: string, setup: EngineSetup) {
    super();
    this.#binary = binary;
    this.version = versionOf(binary, '--version', 'TILA_PEER_PROMETHEUS');
    this.#folder = new Folder({ 'prometheus.yml': configOf(setup), 'rules.yml': setup.rules ?? '' });
  }

  /** Undefined when there is none on this machine. */
  static find(setup: EngineSetup = {}): Prometheus | undefined {
    const binary = pathOf('TILA_PEER_PROMETHEUS', 'prometheus');
    return binary === undefined ? undefined : new Prometheus(binary, setup);
  }

  protected get base(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  protected get headers(): Readonly<Record<string, string>> {
    return {};
  }

  async start(): Promise<void> {
    this.#port = await freePort();
    this.program = new Program(this.#binary, [
      `--config.file=${this.#folder.at('prometheus.yml')}`,
      `--storage.tsdb.path=${this.#folder.at('data')}`,
      '--storage.tsdb.retention.time=10y',
      `--web.listen-address=127.0.0.1:${this.#port}`,
      '--web.enable-remote-write-receiver',
      '--web.enable-admin-api',
      '--query.max-samples=1000000000',
      '--log.level=warn',
    ]);
    await this.ready('/-/ready', 120_000);
  }

  async setRules(rules: string): Promise<void> {
    this.#folder.write('rules.yml', rules);
    this.program?.signal('SIGHUP');
  }

  /** A snapshot with the head in it is what the head becomes once it is a block. */
  async compact(): Promise<void> {
    const { status, body } = await this.post('/api/v1/admin/tsdb/snapshot');
    if (status !== 200) {
      throw new Error(`Prometheus made no snapshot: ${status} ${body.toString()}`);
    }
  }

  diskUse(): DiskUse {
    const snapshots = this.#folder.at('data/snapshots');
    const newest = existsSync(snapshots) ? readdirSync(snapshots).sort().at(-1) : undefined;
    return {
      data: newest === undefined ? 0 : bytesBelow(`${snapshots}/${newest}`),
      log: bytesBelow(this.#folder.at('data/wal')),
      free: 0,
    };
  }

  override async [Symbol.asyncDispose](): Promise<void> {
    await super[Symbol.asyncDispose]();
    this.#folder[Symbol.dispose]();
  }
}

function configOf({ scrape }: EngineSetup): string {
  const groups = (scrape?.groups ?? []).map(({ targets, labels }) => ({ targets, labels }));
  const job = {
    job_name: 'bench',
    honor_labels: true,
    scrape_interval: `${scrape?.intervalSeconds}s`,
    scrape_timeout: `${scrape?.intervalSeconds}s`,
    static_configs: groups,
  };
  // JSON is YAML.
  return JSON.stringify({
    global: { evaluation_interval: '15s' },
    rule_files: ['rules.yml'],
    scrape_configs: scrape === undefined ? [] : [job],
  });
}
