import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Labels } from '../../model/labels.ts';
import { STALE } from '../../model/sample.ts';
import { PromqlEngine, type QueryResult } from '../../promql/engine.ts';
import { START_MS, TsdbFixture } from '../../storage/tsdb/tsdb.fixture.ts';
import type { Tsdb } from '../../storage/tsdb/tsdb.ts';
import { StandingPlans } from './standing-plans.ts';

const STEP_MS = 15_000;
const INSTANCES = Array.from({ length: 12 }, (_, i) => String(i));

let fixture: TsdbFixture;
let store: Tsdb;
let engine: PromqlEngine;
let plans: StandingPlans;

beforeEach(async () => {
  fixture = new TsdbFixture({ hotWindowMs: 5 * 60_000, blockRangeMs: 60_000 });
  store = await fixture.open();
  engine = new PromqlEngine({ reader: store });
  plans = new StandingPlans({ hot: store, reader: store, engine });
  for (let slot = 0; slot <= 20; slot += 1) {
    await write(slot, slot * 10);
  }
});

afterEach(async () => {
  plans[Symbol.dispose]();
  await fixture[Symbol.asyncDispose]();
});

/** All instances, each a little above the value. */
async function write(slot: number, value: number, instances: readonly string[] = INSTANCES): Promise<void> {
  await append(
    instances.map((instance) => Labels.from({ __name__: 'c_total', instance, job: Number(instance) % 2 === 0 ? 'even' : 'odd' })),
    slot,
    instances.map((instance) => value + Number(instance)),
  );
}

async function append(labels: readonly Labels[], slot: number, values: readonly number[]): Promise<void> {
  const timestamps = labels.map(() => timeOf(slot));
  await store.append({ source: 'test', rows: { labels, timestamps, values } });
}

function timeOf(slot: number): number {
  return START_MS + slot * STEP_MS;
}

async function ask(text: string, slot: number): Promise<Record<string, number>> {
  return shown(await plans.evaluate(engine.prepare(text), timeOf(slot)));
}

function shown(result: QueryResult): Record<string, number> {
  return result.kind === 'vector'
    ? Object.fromEntries(result.series.map(({ labels, values }) => [labels.toString(), values[0] ?? Number.NaN]))
    : {};
}

it('leaves an expression whose nodes would lie too deep to the engine', async () => {
  const query = engine.prepare(`count(c_total) + ${new Array(10_000).fill('1').join(' + ')}`);
  expect(shown(await plans.evaluate(query, timeOf(20)))).toEqual({ '{}': 10_012 });
});

describe('standing plans', () => {
  it('answer at once from memory', () => {
    expect(plans.evaluate(engine.prepare('sum by (job) (rate(c_total[1m]))'), timeOf(20))).toMatchObject({ kind: 'vector' });
    expect(plans.counters.evaluations).toEqual({ plan: 1, ownWindow: 0, fallback: 0 });
  });

  it('keep one node for each different part of all expressions', async () => {
    await ask('sum by (job) (rate(c_total[1m]))', 20);
    const { nodes } = plans.counters;
    await ask('max(sum by (job) (rate(c_total[1m]))) > 0', 20);
    // max, the comparison and the number; the sum and what is below it are there.
    expect(plans.counters.nodes - nodes).toBe(3);
  });

  it('forget their nodes when they are disposed of', async () => {
    await ask('sum by (job) (rate(c_total[1m])) / on (job) group_left () count by (job) (c_total)', 20);
    plans[Symbol.dispose]();
    expect(plans.counters).toMatchObject({ plans: 0, nodes: 0 });
  });

  it.for<readonly [what: string, change: () => Promise<void>]>([
    ['a series comes', () => append([Labels.from({ __name__: 'c_total', instance: '99', job: 'odd' })], 20, [1000])],
    ['a series ends', () => append([Labels.from({ __name__: 'c_total', instance: '3', job: 'odd' })], 21, [STALE])],
    ['a sample fills a gap', () => append([Labels.from({ __name__: 'gappy', job: 'odd' })], 19, [7])],
    ['a sample comes between', () => append([Labels.from({ __name__: 'c_total', instance: '1', job: 'odd' })], 19.5, [5000])],
    ['older samples leave memory', () => store.maintain()],
  ])('see at the same time again that %s', async ([, change]) => {
    await append(
      [...INSTANCES.map((i) => Labels.from({ __name__: 'other', i })), Labels.from({ __name__: 'gappy', job: 'odd' })],
      18,
      [...INSTANCES.map(Number), 1],
    );
    await append(
      INSTANCES.map((i) => Labels.from({ __name__: 'other', i })),
      19,
      INSTANCES.map(Number),
    );
    const texts = ['sum by (job) (c_total)', 'sum by (job) (increase(c_total[2m]))', 'sum_over_time(gappy[5m])', 'c_total > 150'];
    for (const text of texts) {
      await ask(text, 21);
    }
    await change();
    for (const text of texts) {
      expect(await ask(text, 21)).toEqual(shown(await engine.instant(text, timeOf(21))));
    }
  });

  it('keep what long windows need of samples that have left memory, and read only what has left since', async () => {
    for (let slot = 21; slot <= 60; slot += 1) {
      await write(slot, slot * 10);
    }
    await fixture.clock.advance(60 * STEP_MS);
    await store.maintain();
    const text = 'sum(increase(c_total[14m]))';
    expect(await ask(text, 60)).toEqual(shown(await engine.instant(text, timeOf(60))));
    await write(61, 610);
    expect(await ask(text, 61)).toEqual(shown(await engine.instant(text, timeOf(61))));
    // Nothing has left memory between the two, so the second had to read nothing.
    expect(plans.counters.evaluations).toEqual({ plan: 1, ownWindow: 1, fallback: 0 });
  });

  it.for<readonly [text: string, why: string]>([
    ['max_over_time(sum(c_total)[2m:30s])', 'a subquery'],
    ['c_total @ 1700006400', 'a pinned time'],
  ])('leave %s to the engine: %s', async ([text]) => {
    expect(await ask(text, 20)).toEqual(shown(await engine.instant(text, timeOf(20))));
    expect(plans.counters.evaluations).toEqual({ plan: 0, ownWindow: 0, fallback: 1 });
  });

  it('leave windows to the engine whose samples they may not keep', async () => {
    const small = new StandingPlans({ hot: store, reader: store, engine, maxColdSamples: 10 });
    await fixture.clock.advance(20 * STEP_MS + 10 * 60_000);
    await store.maintain();
    const text = 'sum(increase(c_total[5m]))';
    expect(shown(await small.evaluate(engine.prepare(text), timeOf(20)))).toEqual(shown(await engine.instant(text, timeOf(20))));
    expect(small.counters.evaluations).toEqual({ plan: 0, ownWindow: 0, fallback: 1 });
    small[Symbol.dispose]();
  });

  it.for([
    'c_total / on (job) c_total',
    'c_total * on (job) group_left () c_total',
    'label_replace(c_total, "instance", "same", "", "")',
    'topk(NaN, c_total)',
  ])('refuse %s as the engine does', async (text) => {
    const wanted = await engine.instant(text, timeOf(20)).then(
      () => 'no error',
      (error: Error) => error.message,
    );
    await expect(ask(text, 20)).rejects.toThrow(wanted);
    expect(plans.counters.failures).toBe(1);
  });

  it('place annotations where the part stands in each text', async () => {
    await append(
      INSTANCES.map((i) => Labels.from({ __name__: 'odd_name', i })),
      20,
      INSTANCES.map(Number),
    );
    await append(
      INSTANCES.map((i) => Labels.from({ __name__: 'odd_name', i })),
      21,
      INSTANCES.map(Number),
    );
    for (const text of ['rate(odd_name[5m])', 'sum(rate(odd_name[5m])) + quantile(2, odd_name)']) {
      const { annotations } = await plans.evaluate(engine.prepare(text), timeOf(21));
      expect(annotations).toEqual((await engine.instant(text, timeOf(21))).annotations);
      expect(annotations.infos).toHaveLength(1);
    }
  });

  it('tell sources, and whether there is data, without reading it', async () => {
    const query = engine.prepare('c_total > 1e9 or nothing');
    expect(plans.sourcesOf(query, timeOf(20))).toEqual(new Set(['test']));
    expect(plans.matchesSeries(query, { fromMs: timeOf(15), toMs: timeOf(20) })).toBe(true);
    expect(plans.matchesSeries(query, { fromMs: timeOf(20), toMs: timeOf(40) })).toBe(false);
  });
});
