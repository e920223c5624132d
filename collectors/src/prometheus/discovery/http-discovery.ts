import { type Clock, pause } from '../../clock.ts';
import { Backoff } from '../../delivery/backoff.ts';
import type { HttpClient } from '../../http/http-client.ts';
import { HttpError } from '../../http/http-error.ts';
import type { HttpDiscoveryConfig, TargetGroup } from '../scrape/schema.ts';
import type { Discovery } from './discovery.ts';
import { parseGroups } from './file-discovery.ts';

export interface HttpDiscoveryDeps {
  readonly clock: Clock;
  readonly http: HttpClient;
  readonly random: () => number;
  readonly onFailure: (url: string, error: unknown) => void;
}

const TIMEOUT_MS = 30_000;
const MAX_BYTES = 20 * 1024 * 1024;

/** `http_sd_configs`: an address that answers with a JSON list of target groups. A failure keeps the last good answer. */
export class HttpDiscovery implements Discovery {
  readonly #config: HttpDiscoveryConfig;
  readonly #deps: HttpDiscoveryDeps;

  constructor(config: HttpDiscoveryConfig, deps: HttpDiscoveryDeps) {
    this.#config = config;
    this.#deps = deps;
  }

  async run(update: (groups: readonly TargetGroup[]) => void, signal: AbortSignal): Promise<void> {
    const refreshMs = this.#config.refresh_interval;
    const backoff = new Backoff({ firstMs: 1_000, longestMs: refreshMs }, this.#deps.random);
    while (!signal.aborted) {
      let waitMs = refreshMs;
      try {
        update(await this.#fetch(signal));
        backoff.reset();
      } catch (error) {
        signal.throwIfAborted();
        this.#deps.onFailure(this.#config.url, error);
        waitMs = backoff.next(error instanceof HttpError ? error.retryAfterMs : 0);
      }
      await pause(this.#deps.clock, waitMs, signal);
    }
  }

  async #fetch(signal: AbortSignal): Promise<TargetGroup[]> {
    const headers = {
      accept: 'application/json',
      'x-prometheus-refresh-interval-seconds': String(this.#config.refresh_interval / 1000),
    };
    const answer = await this.#deps.http.send({
      url: this.#config.url,
      headers,
      timeoutMs: TIMEOUT_MS,
      maxBytes: MAX_BYTES,
      signal,
    });
    return parseGroups(JSON.parse(answer.body.toString('utf8')));
  }
}
