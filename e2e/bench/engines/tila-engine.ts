import { DatabaseSync } from 'node:sqlite';
import { setTimeout as pause } from 'node:timers/promises';
import { Folder } from '../../harness/folders.ts';
import { tila } from '../../harness/program.ts';
import { say } from '../figures.ts';
import { bytesBelow } from './disk.ts';
import { type DiskUse, Engine, type EngineSetup } from './engine.ts';

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

  /** It does so by itself, once a minute: waits until two looks more than a minute apart see the same number of samples in blocks. */
  async compact(): Promise<void> {
    let before = -1;
    for (const deadline = Date.now() + LONGEST_COMPACTION_MS; Date.now() < deadline; ) {
      const samples = this.#compacted();
      if (samples === before) {
        return;
      }
      before = samples;
      await pause(SETTLED_MS);
    }
    say('Tila still compacts; what it has not compacted yet is not counted');
  }

  /**
   * The log is a table of the same file, so the file's pages are counted by table. Samples that are so far only in the log count as if
   * they took what the compacted ones take.
   */
  diskUse(samples: number): DiskUse {
    const data = this.#folder.at('data');
    const pages = this.#pages();
    const all = [...pages.values()].reduce((sum, bytes) => sum + bytes, 0);
    const log = pages.get('wal') ?? 0;
    const blocks = pages.get('block_rows') ?? 0;
    return {
      data: all - log - blocks + (blocks * samples) / this.#compacted(),
      log: log + bytesBelow(data, (path) => path.endsWith('metrics.db-wal')),
      free: bytesBelow(data, (path) => path.endsWith('metrics.db')) - all,
    };
  }

  /** All files of the console, whatever is in them. */
  get bytesOnDisk(): number {
    return bytesBelow(this.#folder.at('data'));
  }

  #compacted(): number {
    using database = new DatabaseSync(this.#folder.at('data/metrics.db'), { readOnly: true });
    return Number(database.prepare('SELECT sum(samples) AS n FROM block WHERE kind = 0').get()?.n ?? 0);
  }

  /** Bytes of pages by table. */
  #pages(): ReadonlyMap<string, number> {
    using database = new DatabaseSync(this.#folder.at('data/metrics.db'), { readOnly: true });
    const rows = database.prepare('SELECT name, sum(pgsize) AS bytes FROM dbstat GROUP BY name').all();
    return new Map(rows.map(({ name, bytes }) => [String(name), Number(bytes)]));
  }

  override async [Symbol.asyncDispose](): Promise<void> {
    await super[Symbol.asyncDispose]();
    this.#folder[Symbol.dispose]();
  }
}

/** Longer than a minute, its own interval. */
const SETTLED_MS = 65_000;
const LONGEST_COMPACTION_MS = 300_000;
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
