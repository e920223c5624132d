import type { InventoryView } from '@tila/contract/inventory.ts';

/** One service in one cluster of one environment, as its samples show it. */
export interface ServiceActivity {
  readonly environment: string;
  /** May be empty when the service's series name no cluster. */
  readonly cluster: string;
  readonly service: string;
  /** Epoch milliseconds; `null` when it is expected but never spoke. */
  readonly newestSampleAt: number | null;
  /** How often its samples come. */
  readonly intervalMs: number;
  /** Sources of its samples that are further behind than their max lag. */
  readonly staleSources: readonly string[];
  /** A source of its samples is filling in the past, so that the present is still to come. */
  readonly isBackfilling: boolean;
}

export interface ServiceInventory {
  services(): readonly ServiceActivity[];
}

/** The services as a tree, names sorted; environments in the order given first, others after them by name. */
export function inventoryTree(services: readonly ServiceActivity[], environmentOrder: readonly string[]): InventoryView {
  const rank = (environment: string): number => {
    const index = environmentOrder.indexOf(environment);
    return index === -1 ? environmentOrder.length : index;
  };
  const environments = [...Map.groupBy(services, (service) => service.environment)];
  environments.sort(([a], [b]) => rank(a) - rank(b) || byName(a, b));
  return {
    environments: environments.map(([environment, inEnvironment]) => ({
      environment,
      clusters: [...Map.groupBy(inEnvironment, (service) => service.cluster)]
        .sort(([a], [b]) => byName(a, b))
        .map(([cluster, inCluster]) => ({
          cluster,
          services: inCluster
            .map(({ service, newestSampleAt }) => ({ service, newestSampleAt }))
            .sort((a, b) => byName(a.service, b.service)),
        })),
    })),
  };
}

function byName(a: string, b: string): number {
  return a === b ? 0 : Number(a > b) * 2 - 1;
}
