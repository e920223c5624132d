import type { SourceRegistry } from '../../ingest/source-registry.ts';
import type { Inventory } from '../../inventory/inventory.ts';
import type { ServiceActivity, ServiceInventory } from '../../overview/service-inventory.ts';

/** Services with how fresh their data is, from what came in and how its sources are doing. */
export function serviceInventory(inventory: Inventory, registry: SourceRegistry): ServiceInventory {
  return {
    services: () => {
      const sources = new Map(registry.views().map((view) => [view.source, view]));
      return inventory.entities().map((entity): ServiceActivity => {
        const own = [...entity.sources].flatMap((source) => sources.get(source) ?? []);
        return {
          environment: entity.environment,
          cluster: entity.cluster,
          service: entity.service,
          newestSampleAt: entity.newestSampleAt,
          intervalMs: Math.max(0, ...own.map(({ intervalMs }) => intervalMs)),
          isBackfilling: own.some(({ backfill }) => backfill !== null),
          staleSources: own.filter(({ state }) => state === 'stale').map(({ source }) => source),
        };
      });
    },
  };
}
