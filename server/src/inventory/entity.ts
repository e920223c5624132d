import type { Labels } from '../model/labels.ts';

/** One service in one cluster of one environment. `cluster` is empty for what runs in none. */
export interface Entity {
  readonly environment: string;
  readonly cluster: string;
  readonly service: string;
}

/** Equal for equal entities; names may hold any character. */
export function entityKey({ environment, cluster, service }: Entity): string {
  return JSON.stringify([environment, cluster, service]);
}

/** What the labels of a series say it belongs to, or `null` when they name no environment or no service. */
export function entityOf(labels: Labels): Entity | null {
  const environment = labels.get('environment');
  const service = labels.get('service');
  return environment === '' || service === '' ? null : { environment, cluster: labels.get('cluster'), service };
}
