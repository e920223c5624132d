import { z } from 'zod';
import type { Collector, CollectorDeps } from './collector.ts';
import { FederateCollector } from './prometheus/federate/federate-collector.ts';
import { PrometheusFederateConfig } from './prometheus/federate/schema.ts';
import { PrometheusScrapeConfig } from './prometheus/scrape/schema.ts';
import { ScrapeCollector } from './prometheus/scrape/scrape-collector.ts';

/** One entry under `sources:` in the configuration. A new kind of source is registered here and nowhere else. */
export const SourceConfig = z.discriminatedUnion('type', [PrometheusScrapeConfig, PrometheusFederateConfig]);
export type SourceConfig = z.infer<typeof SourceConfig>;

/** Makes the collector of a source. It does nothing until started and must be disposed. */
export function createCollector(config: SourceConfig, deps: CollectorDeps): Collector {
  switch (config.type) {
    case 'prometheus_scrape':
      return new ScrapeCollector(config, deps);
    case 'prometheus_federate':
      return new FederateCollector(config, deps);
  }
}
