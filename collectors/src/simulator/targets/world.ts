import type { Datastore, Environment, EnvironmentPlan, Service } from '../estate/estate.ts';
import { BUSINESS_DAY, TEST_DAY } from '../model/daily-load.ts';
import type { Harmonics } from '../model/harmonics.ts';
import type { ScenarioFile } from '../scenarios/scenario-file.ts';
import { datastoreSeries } from './datastore-target.ts';
import { serviceSeries } from './service-target.ts';
import { Target, type TargetDeps } from './target.ts';

const EXPORTERS = {
  postgres: { job: 'postgres-exporter', port: 9187 },
  redis: { job: 'redis-exporter', port: 9121 },
  kafka: { job: 'kafka-exporter', port: 9308 },
  mongodb: { job: 'mongodb-exporter', port: 9216 },
  alb: { job: 'alb-exporter', port: 9106 },
} as const;

/** dev runs whatever is on someone's branch; also proof that every reader of labels can take quotes and backslashes. */
const DEV_VERSIONS: Readonly<Record<string, string>> = { pricing: '5.1.0-SNAPSHOT "gold\\silver"', kyc: '2.7.0-rc.1' };

export interface WorldDeps extends TargetDeps {
  readonly estate: readonly EnvironmentPlan[];
  readonly scenarioFiles: readonly ScenarioFile[];
}

/** Every scrape target of the estate, by environment, in a fixed order. */
export class World {
  readonly #targets: ReadonlyMap<Environment, readonly Target[]>;

  constructor(deps: WorldDeps) {
    this.#targets = new Map(deps.estate.map((plan) => [plan.environment, environmentTargets(plan, deps)]));
  }

  targets(environment: Environment): readonly Target[] {
    return this.#targets.get(environment) ?? [];
  }

  /** The target with that name (`payments-1`, `payments-db`), or `undefined`. */
  target(environment: Environment, name: string): Target | undefined {
    return this.targets(environment).find((target) => targetName(target) === name);
  }
}

/** The part of the address that names the target inside its environment. */
export function targetName(target: Target): string {
  return target.plan.address.split('.')[0] ?? '';
}

function environmentTargets(plan: EnvironmentPlan, deps: WorldDeps): readonly Target[] {
  const services = plan.services.flatMap((service) =>
    Array.from({ length: plan.instances }, (_, index) => serviceTarget({ plan, service, instance: index + 1 }, deps)),
  );
  return [...services, ...plan.datastores.map((datastore) => datastoreTarget({ plan, datastore, clients: services }, deps))];
}

interface ServicePlace {
  readonly plan: EnvironmentPlan;
  readonly service: Service;
  readonly instance: number;
}

function serviceTarget({ plan, service, instance }: ServicePlace, deps: WorldDeps): Target {
  const { environment, instances, loadFactor } = plan;
  const version = (environment === 'dev' ? DEV_VERSIONS[service.name] : undefined) ?? service.version;
  const series = serviceSeries({
    seed: deps.seed,
    environment,
    service: { ...service, version },
    instance,
    rps: (service.rps * loadFactor) / instances,
    otherVersions: versionsDeployed(deps.scenarioFiles, { environment, service: service.name }),
  });
  const place = { environment, cluster: service.cluster, service: service.name, instance, day: dayOf(environment) };
  const address = `${service.name}-${instance}.${environment}:8080`;
  return new Target({ ...place, job: 'ecs-services', address, series }, deps);
}

interface DatastorePlace {
  readonly plan: EnvironmentPlan;
  readonly datastore: Datastore;
  readonly clients: readonly Target[];
}

function datastoreTarget({ plan, datastore, clients }: DatastorePlace, deps: WorldDeps): Target {
  const { environment, loadFactor } = plan;
  const series = datastoreSeries({
    seed: `${deps.seed}/${environment}`,
    datastore,
    loadFactor,
    clientConnections: connectionCounter(clients, datastore.name),
  });
  const { job, port } = EXPORTERS[datastore.kind];
  const cluster = datastore.kind === 'alb' ? datastore.cluster : 'data';
  const address = `${datastore.name}.${environment}:${port}`;
  const place = { environment, cluster, service: datastore.name, instance: 1, day: dayOf(environment) };
  return new Target({ ...place, job, address, series }, deps);
}

/** Sums the pools of the services that use the database; a pool keeps a few more connections than it hands out. */
function connectionCounter(clients: readonly Target[], database: string): (ms: number) => number {
  const pools = clients.flatMap((target) =>
    target.plan.series.flatMap(({ name, labels }, index) =>
      name === 'db_pool_connections_in_use' && labels.pool === database ? [{ target, index }] : [],
    ),
  );
  return (ms) => pools.reduce((sum, { target, index }) => sum + (target.isUp(ms) ? target.valueAt(index, ms) : 0), 0);
}

function versionsDeployed(
  files: readonly ScenarioFile[],
  at: { readonly environment: Environment; readonly service: string },
): readonly string[] {
  const versions = files.flatMap((file) =>
    file.phases.flatMap(({ effects }) =>
      effects.flatMap((effect) =>
        effect.kind === 'version' && effect.service === at.service && (effect.environment ?? file.environment) === at.environment
          ? [effect.version]
          : [],
      ),
    ),
  );
  return [...new Set(versions)];
}

function dayOf(environment: Environment): Harmonics {
  return environment === 'prod' || environment === 'management' ? BUSINESS_DAY : TEST_DAY;
}
