import { createCollector, type SourceConfig } from '@tila/collectors/collectors.ts';
import type { IngestClient } from '@tila/collectors/ingest-client.ts';
import type { SourceDeclaration } from '../ingest/source-record.ts';
import type { SourceRegistry } from '../ingest/source-registry.ts';
import { collectorMetrics } from './adapters/collector-metrics.ts';
import type { AppContext } from './app-context.ts';
import { SELF_SOURCE } from './self-source.ts';

const SELF_INTERVAL_MS = 15_000;

/** Makes the configured sources known, so that one which never speaks is stale and not absent. */
export function declareSources(sources: readonly SourceConfig[], registry: SourceRegistry): void {
  for (const source of sources) {
    registry.declare(declarationOf(source));
  }
  registry.declare({ source: SELF_SOURCE, kind: 'tila', maxLagMs: 60_000, intervalMs: SELF_INTERVAL_MS });
}

/** Starts a collector for every configured source. They stop with the stack. */
export function startCollectors(context: Omit<AppContext, 'state' | 'externalUrl' | 'folder'>, ingest: IngestClient): void {
  const { clock, config, env, logging, metrics, stack } = context;
  for (const source of config.file.sources) {
    const collector = stack.use(
      createCollector(source, {
        ingest,
        clock,
        log: logging.for('collectors'),
        metrics: collectorMetrics(metrics),
        random: Math.random,
        mapping: config.file.inventory.mapping,
        baseDirectory: config.baseDirectory,
        environment: env,
      }),
    );
    collector.start();
  }
}

function declarationOf(source: SourceConfig): SourceDeclaration {
  const intervalMs = source.type === 'prometheus_scrape' ? source.scrape_interval : source.interval;
  return { source: source.name, kind: source.type, intervalMs, maxLagMs: source.max_lag ?? Math.max(3 * intervalMs, 60_000) };
}
