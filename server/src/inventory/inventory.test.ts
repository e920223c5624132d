import { describe, expect, it } from 'vitest';
import { Labels } from '../model/labels.ts';
import { STALE } from '../model/sample.ts';
import { appendRows } from '../model/series-store.contract.ts';
import { ManualClock } from '../runtime/manual-clock.fake.ts';
import { START_MS, TsdbFixture } from '../storage/tsdb/tsdb.fixture.ts';
import { Inventory } from './inventory.ts';

const HOUR = 3_600_000;

interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  readonly at?: number;
  readonly value?: number;
}

function rowsOf(...samples: readonly Sample[]) {
  return {
    source: 'scrape',
    rows: {
      labels: samples.map(({ labels }) => Labels.from({ __name__: 'up', ...labels })),
      timestamps: samples.map(({ at }) => at ?? START_MS),
      values: samples.map(({ value }) => value ?? 1),
    },
  };
}

function setUp(environments: readonly string[] = []) {
  const clock = new ManualClock(START_MS);
  return { clock, inventory: new Inventory({ clock, environments }) };
}

const checkout = { environment: 'prod', cluster: 'core', service: 'checkout' };
const payments = { environment: 'prod', cluster: 'core', service: 'payments' };

describe('Inventory', () => {
  it('learns as much from a column of labels that comes again, also after a long silence', async () => {
    const { clock, inventory } = setUp();
    const { rows } = rowsOf({ labels: checkout }, { labels: { job: 'batch' } }, { labels: { job: 'batch', i: '2' } });
    const unmapped = [{ metric: 'up', job: 'batch', series: 2 }];
    for (const [round, source] of ['a', 'a', 'b', 'c'].entries()) {
      await clock.advance(2 * HOUR);
      expect(inventory.unmapped()).toEqual([]);
      const at = START_MS + round;
      inventory.observe({ source, rows: { ...rows, timestamps: [at, at, at] } });
      expect(inventory.newestSampleAt(checkout)).toBe(at);
      expect(inventory.unmapped()).toEqual(unmapped);
    }
    expect(inventory.entities()[0]?.sources).toEqual(new Set(['a', 'b', 'c']));
    inventory.observe({
      source: 'a',
      rows: { ...rows, timestamps: [START_MS + 9, START_MS + 9, START_MS + 9], values: [STALE, 1, 1] },
    });
    expect(inventory.newestSampleAt(checkout)).toBe(START_MS + 3);
  });

  it('builds the tree, declared environments first and there before they have series', () => {
    const { inventory } = setUp(['prod', 'stage']);
    inventory.observe(
      rowsOf(
        { labels: payments },
        { labels: checkout },
        { labels: { environment: 'dev', service: 'tool' } },
        { labels: checkout },
      ),
    );
    expect(inventory.tree()).toEqual([
      {
        environment: 'prod',
        clusters: [
          {
            cluster: 'core',
            services: [
              { ...checkout, newestSampleAt: START_MS, sources: new Set(['scrape']) },
              { ...payments, newestSampleAt: START_MS, sources: new Set(['scrape']) },
            ],
          },
        ],
      },
      { environment: 'stage', clusters: [] },
      {
        environment: 'dev',
        clusters: [
          {
            cluster: '',
            services: [
              { environment: 'dev', cluster: '', service: 'tool', newestSampleAt: START_MS, sources: new Set(['scrape']) },
            ],
          },
        ],
      },
    ]);
  });

  it('keeps the time of the newest sample, whatever comes late, and takes no staleness marker for a sign of life', () => {
    const { inventory } = setUp();
    inventory.observe(rowsOf({ labels: checkout, at: START_MS + 5 }, { labels: checkout, at: START_MS }));
    inventory.observe(rowsOf({ labels: checkout, at: START_MS + 9, value: STALE }, { labels: payments, value: STALE }));
    expect(inventory.newestSampleAt(checkout)).toBe(START_MS + 5);
    expect(inventory.newestSampleAt(payments)).toBeNull();
  });

  it('announces each entity once', () => {
    const { inventory } = setUp();
    const seen: string[] = [];
    const stop = inventory.subscribe(({ service }) => seen.push(service));
    inventory.observe(rowsOf({ labels: checkout }, { labels: { ...checkout, pod: '2' } }, { labels: payments }));
    stop();
    inventory.observe(rowsOf({ labels: { ...checkout, service: 'third' } }));
    expect(seen).toEqual(['checkout', 'payments']);
  });

  it('lists what belongs to no entity by metric and job, most first, for an hour', async () => {
    const { inventory, clock } = setUp();
    const unmapped = rowsOf(
      { labels: { job: 'node', instance: 'a' } },
      { labels: { job: 'node', instance: 'b', environment: 'prod' } },
      { labels: { job: 'node', instance: 'a' } },
      { labels: { service: 'no environment' } },
      { labels: checkout },
    );
    inventory.observe(unmapped);
    expect(inventory.unmapped()).toEqual([
      { metric: 'up', job: 'node', series: 2 },
      { metric: 'up', job: '', series: 1 },
    ]);
    await clock.advance(HOUR + 1);
    expect(inventory.unmapped()).toEqual([]);
  });

  it('forgets a service that has been silent for a day, and knows it again when it is back', async () => {
    const { inventory, clock } = setUp();
    const commit = rowsOf({ labels: checkout });
    inventory.observe(commit);
    await clock.advance(24 * HOUR + 1);
    expect(inventory.entities()).toEqual([]);
    inventory.observe({ ...commit, rows: { ...commit.rows, timestamps: [clock.now()] } });
    expect(inventory.entities()).toEqual([{ ...checkout, newestSampleAt: clock.now(), sources: new Set(['scrape']) }]);
  });

  it('learns from the store at start what is alive and what has gone quiet', async () => {
    await using fixture = new TsdbFixture();
    const store = await fixture.open();
    const labels = (entity: object) => Labels.from({ __name__: 'up', ...entity });
    await appendRows(store, [
      { labels: labels(payments), at: START_MS, value: 1 },
      { labels: labels(payments), at: START_MS + 60_000, value: STALE },
      { labels: labels(checkout), at: START_MS + 10 * HOUR, value: 1 },
      { labels: labels({ job: 'unmapped' }), at: START_MS + 10 * HOUR, value: 1 },
    ]);
    await fixture.clock.advance(10 * HOUR);
    await store.maintain();
    const inventory = new Inventory({ clock: fixture.clock, environments: [] });
    await inventory.restore(store);
    expect(inventory.entities()).toEqual([
      { ...checkout, newestSampleAt: START_MS + 10 * HOUR, sources: new Set(['test']) },
      { ...payments, newestSampleAt: START_MS, sources: new Set(['test']) },
    ]);
  });
});
