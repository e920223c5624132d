import { setTimeout as pause } from 'node:timers/promises';
import { Folder } from '../../harness/folders.ts';
import { Program } from '../../harness/program.ts';
import { bytesBelow } from './disk.ts';
import { type DiskUse, Engine, type EngineSetup } from './engine.ts';
import { freePort } from './http.ts';
import { pathOf, versionOf } from './peer-binary.ts';

/** A real VictoriaMetrics, its cache of results off: it would answer the second round from memory. It has no rules. */
export class VictoriaMetrics extends Engine {
  readonly name = 'VictoriaMetrics';
  readonly version: string;
  readonly #binary: string;
  readonly #folder: Folder;
  readonly #scrapes: boolean;
  #port = 0;

  private constructor(binary: string, setup: EngineSetup) {
    super();
    this.#binary = binary;
    this.version = versionOf(binary, '-version', 'TILA_PEER_VICTORIA');
    this.#scrapes = setup.scrape !== undefined;
    this.#folder = new Folder({ 'scrape.yml': configOf(setup) });
  }

  /** Undefined when there is none on this machine. */
  static find(setup: EngineSetup = {}): VictoriaMetrics | undefined {
    const binary = pathOf('TILA_PEER_VICTORIA', 'victoria-metrics');
    return binary === undefined ? undefined : new VictoriaMetrics(binary, setup);
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
      `-storageDataPath=${this.#folder.at('data')}`,
      `-httpListenAddr=127.0.0.1:${this.#port}`,
      '-retentionPeriod=10y',
      '-search.disableCache',
      '-search.latencyOffset=0s',
      '-search.maxUniqueTimeseries=10000000',
      '-search.maxSamplesPerQuery=2000000000',
      '-search.maxQueryDuration=120s',
      '-loggerLevel=ERROR',
      ...(this.#scrapes ? [`-promscrape.config=${this.#folder.at('scrape.yml')}`, '-promscrape.maxScrapeSize=100MB'] : []),
    ]);
    await this.ready('/health');
  }

  async setRules(): Promise<void> {
    throw new Error('VictoriaMetrics evaluates no rules');
  }

  async compact(): Promise<void> {
    await this.get('/internal/force_flush');
    await this.get('/internal/force_merge');
    for (const deadline = Date.now() + 60_000; Date.now() < deadline; ) {
      await pause(1000);
      const { body } = await this.get('/metrics');
      const active = [...body.toString().matchAll(/^vm_active_(?:force_)?merges\S* (\d+)/gm)];
      if (active.every(([, count]) => count === '0')) {
        return;
      }
    }
  }

  /** It writes parts straight away and has no log. */
  diskUse(): DiskUse {
    return { data: bytesBelow(this.#folder.at('data')), log: 0, free: 0 };
  }

  /** New series can be found only after a flush. */
  override async flush(): Promise<void> {
    await this.get('/internal/force_flush');
  }

  override async [Symbol.asyncDispose](): Promise<void> {
    await super[Symbol.asyncDispose]();
    this.#folder[Symbol.dispose]();
  }
}

function configOf({ scrape }: EngineSetup): string {
  const job = {
    job_name: 'bench',
    honor_labels: true,
    scrape_interval: `${scrape?.intervalSeconds}s`,
    scrape_timeout: `${scrape?.intervalSeconds}s`,
    static_configs: scrape?.groups,
  };
  return JSON.stringify({ scrape_configs: scrape === undefined ? [] : [job] });
}
