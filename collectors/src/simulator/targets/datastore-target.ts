import type { Datastore, Topic } from '../estate/estate.ts';
import { noise, seedOf } from '../model/randomness.ts';
import type { EntityState } from '../scenarios/entity-state.ts';
import { durationHistogram } from './duration-histogram.ts';
import { type Moment, SeriesList, type SeriesSpec } from './series.ts';

export interface DatastorePlan<Kind extends Datastore = Datastore> {
  readonly seed: string;
  readonly datastore: Kind;
  readonly loadFactor: number;
  /** Connections the services of the environment hold on the datastore at a moment. */
  readonly clientConnections: (ms: number) => number;
}

type Of<Kind extends Datastore['kind']> = DatastorePlan<Extract<Datastore, { kind: Kind }>>;

const MIB = 1024 * 1024;

/** The series of a datastore's exporter. */
export function datastoreSeries(plan: DatastorePlan): readonly SeriesSpec[] {
  const { datastore } = plan;
  switch (datastore.kind) {
    case 'postgres':
      return postgresSeries({ ...plan, datastore });
    case 'redis':
      return redisSeries({ ...plan, datastore });
    case 'kafka':
      return kafkaSeries({ ...plan, datastore });
    case 'mongodb':
      return mongoSeries({ ...plan, datastore });
    case 'alb':
      return albSeries({ ...plan, datastore });
  }
}

function postgresSeries({ datastore, clientConnections, loadFactor }: Of<'postgres'>): readonly SeriesSpec[] {
  const list = new SeriesList();
  const labels = { datname: datastore.database };
  list.gauge({ name: 'pg_stat_database_numbackends', help: 'Backends connected to the database.' }, labels, ({ ms }) =>
    Math.min(datastore.maxConnections, 6 + clientConnections(ms)),
  );
  list.gauge(
    { name: 'pg_settings_max_connections', help: 'Server setting max_connections.' },
    {},
    () => datastore.maxConnections,
  );
  list.counter({ name: 'pg_stat_database_xact_commit', help: 'Transactions committed.' }, labels, (state) => ({
    load: 140 * loadFactor * state.loadFactor,
    time: 2,
  }));
  list.counter({ name: 'pg_stat_database_xact_rollback', help: 'Transactions rolled back.' }, labels, (state) => ({
    load: 0.4 * loadFactor * state.loadFactor,
  }));
  list.gauge({ name: 'pg_up', help: 'Whether the last query of the exporter worked.' }, {}, () => 1);
  return list.list();
}

function redisSeries({ datastore, loadFactor, seed }: Of<'redis'>): readonly SeriesSpec[] {
  const list = new SeriesList();
  const own = seedOf(`${seed}/${datastore.name}`);
  const max = datastore.maxMemoryMb * MIB;
  list.gauge({ name: 'redis_memory_used_bytes', help: 'Memory used by data.' }, {}, ({ ms, load, state }) => {
    const usual = 0.46 + 0.12 * Math.min(load, 1.3) + 0.03 * noise(own, ms, 300_000);
    return Math.round(max * blended(usual, state));
  });
  list.gauge({ name: 'redis_memory_max_bytes', help: 'Setting maxmemory.' }, {}, () => max);
  list.counter({ name: 'redis_commands_processed_total', help: 'Commands processed.' }, {}, (state) => ({
    load: datastore.commandsPerS * loadFactor * state.loadFactor,
    time: 4,
  }));
  list.gauge({ name: 'redis_connected_clients', help: 'Clients connected.' }, {}, ({ ms, load }) =>
    Math.round(24 + 60 * loadFactor * load + 4 * noise(own + 1, ms, 30_000)),
  );
  list.gauge({ name: 'redis_up', help: 'Whether the exporter reaches Redis.' }, {}, () => 1);
  return list.list();
}

const PARTITIONS = ['0', '1', '2'] as const;

function kafkaSeries({ datastore, loadFactor, seed }: Of<'kafka'>): readonly SeriesSpec[] {
  const list = new SeriesList();
  for (const { topic, perS } of datastore.topics) {
    for (const partition of PARTITIONS) {
      const share = (Number(partition) + 9) / 30;
      list.risingGauge(
        { name: 'kafka_topic_partition_current_offset', help: 'Newest offset of the partition.' },
        { topic, partition },
        (state) => ({ load: perS * loadFactor * share * state.loadFactor }),
      );
    }
  }
  for (const topic of datastore.topics) {
    addLag(list, topic, { seed, loadFactor });
  }
  list.gauge({ name: 'kafka_brokers', help: 'Brokers in the cluster.' }, {}, () => 3);
  return list.list();
}

function addLag(
  list: SeriesList,
  { topic, perS, consumers }: Topic,
  at: { readonly seed: string; readonly loadFactor: number },
): void {
  for (const consumergroup of consumers) {
    const own = seedOf(`${at.seed}/lag/${topic}/${consumergroup}`);
    list.gauge(
      { name: 'kafka_consumergroup_lag', help: 'Messages the consumer group has not read yet.' },
      { consumergroup, topic },
      ({ ms, load, state }) => {
        const usual = perS * at.loadFactor * load * (0.8 + 0.5 * noise(own, ms, 20_000));
        const stalled = state.lag?.consumergroup === consumergroup ? state.lag.messages : 0;
        return Math.round(usual + stalled);
      },
    );
  }
}

const MONGO_OPERATIONS = { query: 0.55, insert: 0.18, update: 0.2, delete: 0.01, getmore: 0.06 } as const;

function mongoSeries({ datastore, loadFactor, seed }: Of<'mongodb'>): readonly SeriesSpec[] {
  const list = new SeriesList();
  const own = seedOf(`${seed}/${datastore.name}`);
  const current = ({ ms, load }: Moment): number => Math.round(40 + 90 * loadFactor * load + 5 * noise(own, ms, 25_000));
  const connections = { name: 'mongodb_connections', help: 'Connections by state.' };
  list.gauge(connections, { state: 'current' }, current);
  list.gauge(connections, { state: 'available' }, (moment) => 800 - current(moment));
  list.gauge(connections, { state: 'active' }, (moment) => Math.round(current(moment) * 0.2));
  for (const [type, share] of Object.entries(MONGO_OPERATIONS)) {
    list.counter({ name: 'mongodb_op_counters_total', help: 'Operations by type.' }, { type }, (state) => ({
      load: datastore.operationsPerS * loadFactor * share * state.loadFactor,
      time: 0.2,
    }));
  }
  list.gauge({ name: 'mongodb_up', help: 'Whether the exporter reaches MongoDB.' }, {}, () => 1);
  return list.list();
}

function albSeries({ datastore, loadFactor }: Of<'alb'>): readonly SeriesSpec[] {
  const list = new SeriesList();
  const rps = datastore.rps * loadFactor;
  const requests = { name: 'alb_requests_total', help: 'Requests through the load balancer, by class of status.' };
  list.counter(requests, { status_class: '2xx' }, (state) => ({
    load: rps * state.loadFactor * (0.97 - state.errorRatio),
    failed: -rps * state.loadFactor,
  }));
  list.counter(requests, { status_class: '3xx' }, (state) => ({ load: rps * state.loadFactor * 0.01 }));
  list.counter(requests, { status_class: '4xx' }, (state) => ({ load: rps * state.loadFactor * 0.02 }));
  list.counter(requests, { status_class: '5xx' }, (state) => ({
    load: rps * state.loadFactor * state.errorRatio,
    failed: rps * state.loadFactor,
  }));
  const durations = { name: 'alb_target_response_time_seconds', help: 'Time the targets took to answer.' };
  list.histogram(durations, {}, durationHistogram(rps, 0.03));
  return list.list();
}

function blended(usual: number, { memory }: EntityState): number {
  return memory === null ? usual : usual + (memory.to - usual) * memory.power;
}
