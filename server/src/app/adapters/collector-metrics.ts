import type { CollectorMetrics } from '@tila/collectors/collector.ts';
import type { SelfMetrics } from '../../runtime/self-metrics.ts';

/** Counts for prom-client what collectors tell. */
export function collectorMetrics(metrics: SelfMetrics): CollectorMetrics {
  return {
    scraped({ source, ok, durationMs }) {
      const outcome = ok ? 'ok' : 'failed';
      metrics.scrapes.inc({ source, outcome });
      metrics.scrapeSeconds.observe({ source }, durationMs / 1000);
      metrics.outsideCalls.inc({ target: source, outcome });
    },
    backfilled: (source, samples) => metrics.backfilledSamples.inc({ source }, samples),
    discoveryFailed: (source, kind) => metrics.outsideCalls.inc({ target: `${source} ${kind} discovery`, outcome: 'failed' }),
    retried: (source) => metrics.outsideCalls.inc({ target: source, outcome: 'retried' }),
  };
}
