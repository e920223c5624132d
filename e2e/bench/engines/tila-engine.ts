import { Folder } from '../../harness/folders.ts';
import { tila } from '../../harness/program.ts';
import { bytesBelow } from './disk.ts';
import { Engine, type EngineSetup } from './engine.ts';

/** A console without sources but what is pushed to it or scraped, as `npx tila serve` runs it. */
export class TilaEngine extends Engine {
  readonly name = 'Tila';
  readonly version = 'this';
  readonly #folder: Folder;
  #url = '';
  #token = '';
  #ingestToken = '';

  constructor(setup: EngineSetup = {}) {
    super();
    this.#folder = new Folder({ 'tila.yaml': configOf(setup), 'rules.yaml': setup.rules || NO_RULES });
  }

  protected get base(): string {
    return this.#url;
  }

  protected get headers(): Readonly<Record<string, string>> {
    return { Authorization: `Bearer ${this.#token}` };
  }

  protected override get writeHeaders(): Readonly<Record<string, string>> {
    return { Authorization: `Bearer ${this.#ingestToken}` };
  }

  /** The whole address of a path. */
  url(path: string): string {
    return `${this.#url}${path}`;
  }

  /** What lets a request in. */
  get access(): Readonly<Record<string, string>> {
    return this.headers;
  }

  async start(): Promise<void> {
    const config = this.#folder.at('tila.yaml');
    this.program = tila(['serve', '--config', config]);
    this.#url = (await this.program.printed(/ready at (http:\S+)/, 120_000))[1]?.replace(/\/$/, '') ?? '';
    if (this.#token === '') {
      this.#token = await this.#newToken('api', config);
      this.#ingestToken = await this.#newToken('ingest', config);
    }
    await this.ready('/api/v1/query?query=1');
  }

  async #newToken(scope: string, config: string): Promise<string> {
    const create = tila(['token', 'create', '--name', `bench ${scope}`, '--role', 'admin', '--scope', scope, '--config', config]);
    await create.ended();
    return create.output.trim().split('\n').at(-1) ?? '';
  }

  async setRules(rules: string): Promise<void> {
    this.#folder.write('rules.yaml', rules || NO_RULES);
    this.program?.signal('SIGHUP');
  }

  async compact(): Promise<void> {
    const { status } = await this.post('/api/v1/admin/tsdb/compact');
    if (status >= 300) {
      process.stderr.write(`Tila cannot be asked to compact (${status}); what it has not compacted by itself counts as it is\n`);
    }
  }

  diskUse(): { readonly data: number; readonly log: number } {
    const isLog = (path: string): boolean => path.endsWith('-wal') || path.endsWith('-shm');
    const data = this.#folder.at('data');
    return { data: bytesBelow(data, (path) => !isLog(path)), log: bytesBelow(data, isLog) };
  }

  override async [Symbol.asyncDispose](): Promise<void> {
    await super[Symbol.asyncDispose]();
    this.#folder[Symbol.dispose]();
  }
}

const NO_RULES = 'groups: []\n';

function configOf({ scrape }: EngineSetup): string {
  const source = {
    type: 'prometheus_scrape',
    name: 'bench',
    honor_labels: true,
    scrape_interval: `${scrape?.intervalSeconds}s`,
    static_configs: scrape?.groups,
  };
  // JSON is YAML.
  return JSON.stringify({
    server: { listen: '127.0.0.1:0', data_dir: 'data' },
    storage: { retention: '10y' },
    limits: { max_series_per_source: 10_000_000 },
    rules: ['rules.yaml'],
    logging: { level: 'warn' },
    sources: scrape === undefined ? [] : [source],
  });
}
