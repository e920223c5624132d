import type { CollectorDeps } from '../../collector.ts';
import { HttpClient } from '../../http/http-client.ts';
import { Relabeler } from '../../relabel/relabel.ts';
import { type Discovery, StaticDiscovery } from '../discovery/discovery.ts';
import { FileDiscovery } from '../discovery/file-discovery.ts';
import { HttpDiscovery } from '../discovery/http-discovery.ts';
import type { PrometheusScrapeConfig, TargetGroup } from './schema.ts';
import { type Target, targetsOf } from './target.ts';

/** All places that name targets of one scrape configuration, taken together. */
export class TargetDiscovery implements AsyncDisposable {
  readonly #config: PrometheusScrapeConfig;
  readonly #deps: CollectorDeps;
  readonly #relabeler: Relabeler;
  readonly #discoveries: readonly Discovery[];
  readonly #clients: HttpClient[] = [];
  readonly #groups = new Map<Discovery, readonly TargetGroup[]>();

  constructor(config: PrometheusScrapeConfig, deps: CollectorDeps) {
    this.#config = config;
    this.#deps = deps;
    this.#relabeler = new Relabeler(config.relabel_configs);
    this.#discoveries = [
      new StaticDiscovery(config.static_configs),
      ...config.file_sd_configs.map((each) => {
        return new FileDiscovery(each, { ...deps, onFailure: (file, error) => this.#failed('file', file, error) });
      }),
      ...config.http_sd_configs.map((each) => {
        const http = new HttpClient({ ...deps, config: each });
        this.#clients.push(http);
        return new HttpDiscovery(each, { ...deps, http, onFailure: (url, error) => this.#failed('http', url, error) });
      }),
    ];
  }

  /** True once every place has answered, so that the targets known are all there are. */
  get hasAnswered(): boolean {
    return this.#groups.size === this.#discoveries.length;
  }

  /** Calls `follow` with all targets whenever they may have changed. Rejects with the signal's reason. */
  async run(follow: (targets: readonly Target[]) => void, signal: AbortSignal): Promise<void> {
    const runs = this.#discoveries.map((discovery) => {
      const update = (groups: readonly TargetGroup[]): void => {
        this.#groups.set(discovery, groups);
        follow(this.#targets());
      };
      return discovery.run(update, signal);
    });
    await Promise.all(runs);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#clients.map((http) => http[Symbol.asyncDispose]()));
  }

  #targets(): Target[] {
    const { target_limit: limit } = this.#config;
    const targets = [...this.#groups.values()].flat().flatMap((group) => {
      return group.targets.flatMap((address) => this.#targetsOf({ ...group, targets: [address] }));
    });
    if (limit > 0 && targets.length > limit) {
      this.#deps.log.warn(
        { source: this.#config.name, targets: targets.length, limit },
        'more targets than target_limit, the rest is left out',
      );
      return targets.slice(0, limit);
    }
    return targets;
  }

  #targetsOf(group: TargetGroup): Target[] {
    try {
      return targetsOf(group, this.#config, this.#relabeler);
    } catch (error) {
      this.#deps.log.warn({ err: error, source: this.#config.name, group }, 'target left out');
      return [];
    }
  }

  #failed(kind: 'file' | 'http', place: string, error: unknown): void {
    this.#deps.metrics.discoveryFailed(this.#config.name, kind);
    this.#deps.log.warn({ err: error, source: this.#config.name, place }, 'service discovery failed, the last good answer stays');
  }
}
