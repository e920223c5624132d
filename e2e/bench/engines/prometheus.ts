import { existsSync, readdirSync } from 'node:fs';
import { bytesBelow } from './disk.ts';
import type { DiskUse, EngineSetup } from './engine.ts';
import { pathOf, versionOf } from './peer-binary.ts';
import { PeerEngine, scrapeConfigs } from './peer-engine.ts';

/** A real Prometheus that takes remote write. */
export class Prometheus extends PeerEngine {
  readonly name = 'Prometheus';
  readonly version: string;

  private constructor(binary: string, setup: EngineSetup) {
    super(binary, { 'prometheus.yml': configOf(setup), 'rules.yml': setup.rules ?? '' });
    this.version = versionOf(binary, '--version', 'TILA_PEER_PROMETHEUS');
  }

  /** Undefined when there is none on this machine. */
  static find(setup: EngineSetup = {}): Prometheus | undefined {
    const binary = pathOf('TILA_PEER_PROMETHEUS', 'prometheus');
    return binary === undefined ? undefined : new Prometheus(binary, setup);
  }

  async start(): Promise<void> {
    await this.run('/-/ready', 120_000);
  }

  protected override arguments(): readonly string[] {
    return [
      `--config.file=${this.folder.at('prometheus.yml')}`,
      `--storage.tsdb.path=${this.folder.at('data')}`,
      '--storage.tsdb.retention.time=10y',
      `--web.listen-address=${this.address}`,
      '--web.enable-remote-write-receiver',
      '--web.enable-admin-api',
      '--query.max-samples=1000000000',
      '--log.level=warn',
    ];
  }

  async setRules(rules: string): Promise<void> {
    this.folder.write('rules.yml', rules);
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
    const snapshots = this.folder.at('data/snapshots');
    const newest = existsSync(snapshots) ? readdirSync(snapshots).sort().at(-1) : undefined;
    return {
      data: newest === undefined ? 0 : bytesBelow(`${snapshots}/${newest}`),
      log: bytesBelow(this.folder.at('data/wal')),
      free: 0,
    };
  }
}

function configOf(setup: EngineSetup): string {
  return JSON.stringify({
    global: { evaluation_interval: '15s' },
    rule_files: ['rules.yml'],
    scrape_configs: scrapeConfigs(setup),
  });
}
