import type { Clock } from './clock.ts';
import type { SecretDeps } from './config/secret.ts';
import type { IngestClient } from './ingest-client.ts';
import type { RelabelConfig } from './relabel/relabel-config.ts';

/** One configured source being read. Disposing stops it within its current request and ends no series: they go on after a restart. */
export interface Collector extends AsyncDisposable {
  /** The name of the source in the configuration. */
  readonly source: string;
  /** Begins to collect in the background. Called once. */
  start(): void;
}

/** The part of pino's logger that collectors use. */
export interface CollectorLogger {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** What collectors count. The application gives these to prom-client. */
export interface CollectorMetrics {
  /** One scrape or federation pull has ended. */
  scraped(outcome: {
    readonly source: string;
    readonly ok: boolean;
    readonly durationMs: number;
    readonly samples: number;
  }): void;
  /** Samples fetched from another server to fill a gap. */
  backfilled(source: string, samples: number): void;
  /** A lookup of targets failed; the last good answer stays in use. */
  discoveryFailed(source: string, kind: 'file' | 'http'): void;
  /** A request was repeated after a failure that may pass. */
  retried(source: string): void;
}

export interface CollectorDeps extends SecretDeps {
  readonly ingest: IngestClient;
  readonly clock: Clock;
  readonly log: CollectorLogger;
  readonly metrics: CollectorMetrics;
  /** From 0 inclusive to 1 exclusive, for jitter. */
  readonly random: () => number;
  /** Applied last to the labels of every series: how a series gets `environment`, `cluster` and `service`. */
  readonly mapping: readonly RelabelConfig[];
}
