import { setTimeout as pause } from 'node:timers/promises';
import { bytesBelow } from './disk.ts';
import type { DiskUse, EngineSetup } from './engine.ts';
import { pathOf, versionOf } from './peer-binary.ts';
import { PeerEngine, scrapeConfigs } from './peer-engine.ts';

/** A real VictoriaMetrics, its cache of results off: it would answer the second round from memory. It has no rules. */
export class VictoriaMetrics extends PeerEngine {
  readonly name = 'VictoriaMetrics';
  readonly version: string;
  readonly #scrapes: boolean;

  private constructor(binary: string, setup: EngineSetup) {
    super(binary, { 'scrape.yml': JSON.stringify({ scrape_configs: scrapeConfigs(setup) }) });
    this.version = versionOf(binary, '-version', 'TILA_PEER_VICTORIA');
    this.#scrapes = setup.scrape !== undefined;
  }

  /** Undefined when there is none on this machine. */
  static find(setup: EngineSetup = {}): VictoriaMetrics | undefined {
    const binary = pathOf('TILA_PEER_VICTORIA', 'victoria-metrics');
    return binary === undefined ? undefined : new VictoriaMetrics(binary, setup);
  }

  async start(): Promise<void> {
    await this.run('/health');
  }

  protected override arguments(): readonly string[] {
    return [
      `-storageDataPath=${this.folder.at('data')}`,
      `-httpListenAddr=${this.address}`,
      '-retentionPeriod=10y',
      '-search.disableCache',
      '-search.latencyOffset=0s',
      '-search.maxUniqueTimeseries=10000000',
      '-search.maxSamplesPerQuery=2000000000',
      '-search.maxQueryDuration=120s',
      '-loggerLevel=ERROR',
      ...(this.#scrapes ? [`-promscrape.config=${this.folder.at('scrape.yml')}`, '-promscrape.maxScrapeSize=100MB'] : []),
    ];
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
    return { data: bytesBelow(this.folder.at('data')), log: 0, free: 0 };
  }

  /** New series can be found only after a flush. */
  override async flush(): Promise<void> {
    await this.get('/internal/force_flush');
  }
}
