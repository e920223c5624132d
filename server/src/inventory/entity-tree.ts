import type { Labels } from '../model/labels.ts';

/** Things by environment, cluster and service, found without making a key. */
export class EntityTree<Thing> {
  #environments = new Map<string, Map<string, Map<string, Thing>>>();

  /** The thing of the entity a series belongs to. */
  get(environment: string, labels: Labels): Thing | undefined {
    return this.#environments.get(environment)?.get(labels.get('cluster'))?.get(labels.get('service'));
  }

  set(
    { environment, cluster, service }: { readonly environment: string; readonly cluster: string; readonly service: string },
    thing: Thing,
  ): void {
    const clusters = this.#environments.get(environment) ?? new Map<string, Map<string, Thing>>();
    const services = clusters.get(cluster) ?? new Map<string, Thing>();
    this.#environments.set(environment, clusters);
    clusters.set(cluster, services);
    services.set(service, thing);
  }

  clear(): void {
    this.#environments = new Map();
  }
}
