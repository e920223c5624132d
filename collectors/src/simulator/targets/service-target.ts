import type { Route, Service } from '../estate/estate.ts';
import { noise, seedOf } from '../model/randomness.ts';
import { durationHistogram } from './duration-histogram.ts';
import { addProcessSeries, type ProcessPlan } from './process-series.ts';
import { SeriesList, type SeriesSpec } from './series.ts';

export interface ServiceTargetPlan extends ProcessPlan {
  readonly service: Service;
  /** Requests a second of this instance when the load is 1. */
  readonly rps: number;
}

const REJECTED_SHARE = 0.02;
const REJECTED_STATUS: Readonly<Record<string, string>> = { GET: '404', POST: '422', PUT: '409' };

/** The series of one instance of a service: HTTP, connection pool, JVM, process, build. */
export function serviceSeries(plan: ServiceTargetPlan): readonly SeriesSpec[] {
  const list = new SeriesList();
  for (const route of plan.service.routes) {
    addRequestCounters(list, route, plan.rps * route.share);
  }
  for (const route of plan.service.routes) {
    addDurations(list, route, plan.rps * route.share);
  }
  addPool(list, plan);
  addProcessSeries(list, plan);
  return list.list();
}

function addRequestCounters(list: SeriesList, route: Route, rps: number): void {
  const family = { name: 'http_requests_total', help: 'HTTP requests answered, by route, method and status.' };
  const labels = (status: string): Record<string, string> => ({ route: route.route, method: route.method, status });
  list.counter(family, labels('200'), ({ loadFactor, errorRatio }) => ({
    load: rps * loadFactor * (1 - REJECTED_SHARE - errorRatio),
    failed: -rps * loadFactor,
  }));
  list.counter(family, labels(REJECTED_STATUS[route.method] ?? '400'), ({ loadFactor }) => ({
    load: rps * loadFactor * REJECTED_SHARE,
  }));
  list.counter(family, labels('500'), ({ loadFactor, errorRatio }) => ({
    load: rps * loadFactor * errorRatio * 0.25,
    failed: rps * loadFactor,
  }));
  list.counter(family, labels('503'), ({ loadFactor, errorRatio }) => ({
    load: rps * loadFactor * errorRatio * 0.75,
  }));
}

function addDurations(list: SeriesList, route: Route, rps: number): void {
  list.histogram(
    { name: 'http_request_duration_seconds', help: 'Time to answer an HTTP request, by route.' },
    { route: route.route, method: route.method },
    durationHistogram(rps, route.medianS),
  );
}

function addPool(list: SeriesList, plan: ServiceTargetPlan): void {
  const { poolMax, database, name } = plan.service;
  if (poolMax === undefined || database === undefined) {
    return;
  }
  const seed = seedOf(`${plan.seed}/pool/${plan.environment}/${name}/${plan.instance}`);
  list.gauge(
    { name: 'db_pool_connections_in_use', help: 'Database connections handed out by the pool.' },
    { pool: database },
    ({ ms, state, load }) => poolInUse({ seed, ms, load, least: state.pool, max: poolMax }),
  );
  list.gauge({ name: 'db_pool_connections_max', help: 'Upper limit of the connection pool.' }, { pool: database }, () => poolMax);
}

interface PoolUse {
  readonly seed: number;
  readonly ms: number;
  readonly load: number;
  readonly least: number;
  readonly max: number;
}

/** Connections in use: a fifth of the pool plus what the load needs, below 70 % unless something is wrong. */
function poolInUse({ seed, ms, load, least, max }: PoolUse): number {
  const healthy = 0.18 + 0.28 * Math.min(load, 1.3) + 0.07 * noise(seed, ms, 20_000);
  return Math.round(max * Math.max(least, Math.min(0.68, healthy)));
}
