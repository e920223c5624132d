import { describe, expect, it } from 'vitest';
import { demoEstate, NOON, SCENARIOS } from '../demo-estate.fake.ts';
import { ENVIRONMENTS, type Environment } from '../estate/estate.ts';
import { renderExposition } from './exposition.ts';
import type { Target } from './target.ts';
import { targetName, type World } from './world.ts';

function must(world: World, environment: Environment, name: string): Target {
  const target = world.target(environment, name);
  if (target === undefined) {
    throw new Error(`no target ${name} in ${environment}`);
  }
  return target;
}

type Pick = (labels: Readonly<Record<string, string>>) => boolean;

/** Growth a second of all matching counters over the 30 s before a moment. */
function rate(target: Target, name: string, at: { readonly ms: number; readonly pick?: Pick }): number {
  return target.plan.series.reduce((sum, spec, index) => {
    const isMeant = spec.name === name && (at.pick?.(spec.labels) ?? true);
    return isMeant ? sum + (target.valueAt(index, at.ms) - target.valueAt(index, at.ms - 30_000)) / 30 : sum;
  }, 0);
}

function gauge(target: Target, name: string, ms: number): number {
  const index = target.plan.series.findIndex((spec) => spec.name === name);
  return target.valueAt(index, ms);
}

function errorRatio(target: Target, ms: number): number {
  const failed = rate(target, 'http_requests_total', { ms, pick: ({ status = '' }) => status.startsWith('5') });
  return failed / rate(target, 'http_requests_total', { ms });
}

/** The smallest bucket bound that holds 99 % of the last 30 s. */
function p99Bound(target: Target, ms: number): number {
  const name = 'http_request_duration_seconds_bucket';
  const total = rate(target, name, { ms, pick: ({ le }) => le === '+Inf' });
  const bounds = [
    ...new Set(target.plan.series.filter((spec) => spec.name === name).map(({ labels }) => Number(labels.le?.replace('+', '')))),
  ];
  return (
    bounds
      .sort((a, b) => a - b)
      .find((bound) => rate(target, name, { ms, pick: ({ le }) => Number(le) === bound }) >= 0.99 * total) ??
    Number.POSITIVE_INFINITY
  );
}

const services = (world: World, environment: Environment): readonly Target[] =>
  world.targets(environment).filter(({ plan }) => plan.job === 'ecs-services');

describe('the estate', () => {
  it('has 3,000 to 6,000 series, 14 services or more in prod, two instances each', () => {
    const { world } = demoEstate();
    const targets = ENVIRONMENTS.flatMap((environment) => world.targets(environment));
    const series = targets.reduce((sum, { plan }) => sum + plan.series.length + 5, 0);
    expect(series).toBeGreaterThan(3_000);
    expect(series).toBeLessThan(6_000);
    const prod = services(world, 'prod');
    expect(new Set(prod.map(({ plan }) => plan.service)).size).toBeGreaterThanOrEqual(14);
    expect(prod.filter(({ plan }) => plan.service === 'payments')).toHaveLength(2);
  });

  it('says the same bytes for the same seed and time, and others for another seed', () => {
    const pages = (seed: string): string => {
      const { world } = demoEstate(NOON, seed);
      return ENVIRONMENTS.flatMap((environment) =>
        world.targets(environment).map((target) => renderExposition(target, NOON, 'text')),
      ).join('');
    };
    const [first, again, other] = [pages('a'), pages('a'), pages('b')];
    expect(first === again).toBe(true);
    expect(first === other).toBe(false);
  });

  it.for([0, 3, 6, 9, 12, 15, 18, 21].map((hour) => ({ hour, why: `at ${hour}:00 UTC` })))('is healthy: $why', ({ hour }) => {
    const { world } = demoEstate();
    const ms = NOON - (NOON % 86_400_000) + hour * 3_600_000;
    for (const environment of ENVIRONMENTS) {
      for (const target of services(world, environment)) {
        expect(target.isUp(ms)).toBe(true);
        expect(errorRatio(target, ms), `errors of ${target.plan.address}`).toBeLessThan(0.04);
        expect(p99Bound(target, ms), `p99 of ${target.plan.address}`).toBeLessThanOrEqual(0.75);
      }
      for (const { plan } of world.targets(environment)) {
        const target = must(world, environment, plan.address.split('.')[0] ?? '');
        expect(gauge(target, 'db_pool_connections_in_use', ms) / gauge(target, 'db_pool_connections_max', ms) > 0.7).toBe(false);
        expect(gauge(target, 'kafka_consumergroup_lag', ms) > 500).toBe(false);
        expect(gauge(target, 'redis_memory_used_bytes', ms) / gauge(target, 'redis_memory_max_bytes', ms) > 0.8).toBe(false);
        expect(gauge(target, 'pg_stat_database_numbackends', ms) / gauge(target, 'pg_settings_max_connections', ms) > 0.8).toBe(
          false,
        );
      }
    }
  });
});

describe('scenarios', () => {
  it.for(SCENARIOS.map(({ name }) => ({ name })))(
    '$name: no counter ever falls, also when stopped early and started again',
    ({ name }) => {
      const { world, runs, clock } = demoEstate(NOON + 777);
      const targets = world.targets('prod');
      const before = new Map<string, number>();
      const falls: string[] = [];
      for (let step = 0; step < 260; step += 1) {
        if (step === 5 || step === 45) {
          expect(runs.start(name)).toBeDefined();
        }
        if (step === 30) {
          expect(runs.stop(name)).toBeDefined();
        }
        for (const target of targets) {
          for (const [index, spec] of target.plan.series.entries()) {
            const key = `${targetName(target)} ${spec.name} ${JSON.stringify(spec.labels)}`;
            const value = spec.source.kind === 'gauge' ? 0 : target.valueAt(index, clock.now());
            if (value < (before.get(key) ?? 0)) {
              falls.push(`${key} at step ${step}: ${before.get(key)} → ${value}`);
            }
            before.set(key, value);
          }
        }
        clock.advance(1_700);
      }
      expect(falls).toEqual([]);
    },
  );

  it('payments-bad-deploy: pool full within 15 s, payments fails, checkout follows, gateway shows a little, all heals by 5 min', () => {
    const { world, runs } = demoEstate();
    const startedAt = runs.start('payments-bad-deploy')?.startedAt ?? 0;
    const payments = must(world, 'prod', 'payments-1');
    const checkout = must(world, 'prod', 'checkout-2');
    const gateway = must(world, 'prod', 'gateway-1');
    const database = must(world, 'prod', 'payments-db');
    const backends = (ms: number): number => gauge(database, 'pg_stat_database_numbackends', ms);
    expect(startedAt - NOON).toBeLessThanOrEqual(2_000);
    expect(gauge(payments, 'db_pool_connections_in_use', startedAt + 13_000)).toBe(
      gauge(payments, 'db_pool_connections_max', startedAt),
    );
    expect(renderExposition(payments, startedAt + 1_000, 'text').match(/build_info\{.*/g)).toEqual([
      'build_info{version="2.14.0"} 1',
    ]);
    const starts = [-1_000, 1_000, 200_000, 231_000, 400_000].map((after) =>
      gauge(payments, 'process_start_time_seconds', startedAt + after),
    );
    expect(starts.slice(1)).toEqual([0, 0, 230, 230].map((after) => startedAt / 1000 + after));
    expect(starts[0]).toBeLessThan(startedAt / 1000 - 1);
    expect(backends(startedAt + 60_000)).toBeGreaterThan(backends(startedAt - 60_000) + 15);
    expect(errorRatio(checkout, startedAt + 25_000)).toBeLessThan(0.03);
    const peak = startedAt + 120_000;
    expect(errorRatio(payments, peak)).toBeGreaterThan(0.3);
    expect(p99Bound(payments, peak)).toBeGreaterThan(2);
    expect(errorRatio(checkout, peak)).toBeGreaterThan(0.15);
    expect(p99Bound(checkout, peak)).toBeGreaterThan(1);
    expect(errorRatio(gateway, peak)).toBeGreaterThan(0.01);
    expect(errorRatio(gateway, peak)).toBeLessThan(0.05);
    const healed = startedAt + 300_000;
    for (const target of [payments, checkout, gateway]) {
      expect(errorRatio(target, healed)).toBeLessThan(0.03);
    }
    expect(gauge(payments, 'db_pool_connections_in_use', healed) / 20).toBeLessThan(0.7);
    expect(errorRatio(must(world, 'stage', 'payments-1'), peak)).toBeLessThan(0.03);
  });

  it.for([
    {
      name: 'redis-memory',
      target: 'pricing-redis',
      metric: 'redis_memory_used_bytes',
      above: 0.9 * 1024 ** 3,
      why: 'memory over 90 %',
    },
    {
      name: 'kafka-consumer-stall',
      target: 'events-kafka',
      metric: 'kafka_consumergroup_lag',
      above: 10_000,
      why: 'lag over 10,000',
    },
  ])('$name: $why after 90 s', ({ name, target, metric, above }) => {
    const { world, runs } = demoEstate();
    const startedAt = runs.start(name)?.startedAt ?? 0;
    expect(gauge(must(world, 'prod', target), metric, startedAt - 1)).toBeLessThan(above);
    expect(gauge(must(world, 'prod', target), metric, startedAt + 90_000)).toBeGreaterThan(above);
  });

  it('instance-down: the second instance is gone and back, the first carries its load', () => {
    const { world, runs } = demoEstate();
    const startedAt = runs.start('instance-down')?.startedAt ?? 0;
    const [first, second] = [must(world, 'prod', 'loan-servicing-1'), must(world, 'prod', 'loan-servicing-2')];
    expect([first.isUp(startedAt + 60_000), second.isUp(startedAt + 60_000), second.isUp(startedAt + 181_000)]).toEqual([
      true,
      false,
      true,
    ]);
    const growth =
      rate(first, 'http_requests_total', { ms: startedAt + 90_000 }) / rate(first, 'http_requests_total', { ms: startedAt });
    expect(growth).toBeGreaterThan(1.6);
  });
});
