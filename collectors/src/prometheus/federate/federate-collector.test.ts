import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { z } from 'zod';
import { type FakeDeps, fakeDeps } from '../../collector-deps.fake.ts';
import { startTestServer, type TestServer } from '../../http/test-server.fake.ts';
import { eventually } from '../../manual-clock.fake.ts';
import { FederateCollector } from './federate-collector.ts';
import { PrometheusFederateConfig } from './schema.ts';

type Labels = Record<string, string>;

interface Stored {
  readonly labels: Labels;
  readonly samples: (readonly [number, number])[];
}

const NOW = 1_700_000_000_000;
const STEP_MS = 10_000;

/** What a Prometheus server does at the three endpoints that are asked, over samples the test sets. */
class FakePrometheus {
  readonly external: Labels = { region: 'eu' };
  readonly stored: Stored[] = [];
  refuseRange: { status: number; body: string } | undefined;
  /** What the whole query API answers; `/federate` goes on. */
  refuseQueries: { status: number; body: string } | undefined;
  isDown = false;
  now = (): number => NOW;

  add(labels: Labels, ...samples: (readonly [number, number])[]): void {
    const known = this.stored.find((each) => JSON.stringify(each.labels) === JSON.stringify(labels));
    if (known === undefined) {
      this.stored.push({ labels, samples });
    } else {
      known.samples.push(...samples);
    }
  }

  answer(url: URL): { status: number; body: string } {
    if (this.isDown) {
      return { status: 503, body: '' };
    }
    if (this.refuseQueries !== undefined && url.pathname.startsWith('/api/v1/query')) {
      return this.refuseQueries;
    }
    switch (url.pathname) {
      case '/federate':
        return { status: 200, body: this.stored.map((each) => this.#newest(each)).join('') };
      case '/api/v1/status/config':
        return {
          status: 200,
          body: JSON.stringify({ data: { yaml: `global:\n  external_labels: ${JSON.stringify(this.external)}\n` } }),
        };
      case '/api/v1/query':
        return this.refuseRange ?? matrix(this.#range(url.searchParams));
      case '/api/v1/query_range':
        return matrix(this.#grid(url.searchParams));
      default:
        return { status: 404, body: '' };
    }
  }

  #newest({ labels, samples }: Stored): string {
    const last = samples.filter(([at]) => at <= this.now()).at(-1);
    const list = Object.entries({ ...this.external, ...labels }).filter(([name]) => name !== '__name__');
    const text = list.map(([name, value]) => `${name}="${value}"`).join(',');
    return last === undefined ? '' : `${labels.__name__}{${text},instance=""} ${last[1]} ${last[0]}\n`;
  }

  // Closed on both ends, as Prometheus 2 is.
  #range(parameters: URLSearchParams): Stored[] {
    const toMs = Number(parameters.get('time')) * 1000;
    const fromMs = toMs - Number(/\[(\d+)ms\]$/.exec(parameters.get('query') ?? '')?.[1]);
    return this.stored.map(({ labels, samples }) => ({ labels, samples: samples.filter(([at]) => at >= fromMs && at <= toMs) }));
  }

  #grid(parameters: URLSearchParams): Stored[] {
    const [start = 0, end = 0, step = 0] = ['start', 'end', 'step'].map((name) => Number(parameters.get(name)) * 1000);
    const times = Array.from({ length: Math.floor((end - start) / step) + 1 }, (_, index) => start + index * step);
    return this.stored.map(({ labels, samples }) => ({
      labels,
      samples: times.flatMap((at) =>
        samples
          .filter(([sampled]) => sampled <= at)
          .slice(-1)
          .map(([, value]) => [at, value] as const),
      ),
    }));
  }
}

function matrix(stored: Stored[]): { status: number; body: string } {
  const result = stored
    .filter(({ samples }) => samples.length > 0)
    .map(({ labels, samples }) => ({ metric: labels, values: samples.map(([at, value]) => [at / 1000, String(value)]) }));
  return { status: 200, body: JSON.stringify({ status: 'success', data: { resultType: 'matrix', result } }) };
}

let prometheus: FakePrometheus;
let server: TestServer;
let deps: FakeDeps;
let collector: FederateCollector | undefined;

beforeEach(async () => {
  prometheus = new FakePrometheus();
  deps = fakeDeps({ now: NOW });
  prometheus.now = () => deps.clock.now();
  server = await startTestServer((url, response) => {
    const { status, body } = prometheus.answer(url);
    response.writeHead(status, { 'content-type': 'text/plain' }).end(body);
  });
});
afterEach(async () => {
  await collector?.[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
});

async function start(config: Partial<z.input<typeof PrometheusFederateConfig>> = {}): Promise<void> {
  const parsed = PrometheusFederateConfig.parse({
    type: 'prometheus_federate',
    name: 'src',
    url: server.url,
    match: ['{job="node"}'],
    interval: '10s',
    ...config,
  });
  collector = new FederateCollector(parsed, deps);
  collector.start();
  await until(() => deps.counts.scrapes >= 1);
}

/** Moves the clock by little steps, for the filler's pauses between requests, until something is true. */
async function until(isTrue: () => boolean): Promise<void> {
  for (let tries = 0; !isTrue() && tries < 1000; tries += 1) {
    await deps.clock.advanceTo(deps.clock.now() + 20);
  }
  expect(isTrue()).toBe(true);
}

async function nextPull(): Promise<void> {
  const before = deps.counts.scrapes;
  await deps.clock.advanceTo(Math.floor(deps.clock.now() / STEP_MS) * STEP_MS + STEP_MS);
  await eventually(() => deps.counts.scrapes > before);
}

const m = { __name__: 'm', job: 'node' };

describe('pulling', () => {
  it('keeps labels and timestamps, adds nothing of its own, and stores a sample once', async () => {
    prometheus.add(m, [NOW - 5_000, 1]);
    await start({ backfill: '0s', labels: { environment: 'prod' } });
    await nextPull();
    prometheus.add(m, [NOW + 5_000, 2]);
    await deps.clock.advanceTo(NOW + 9_000);
    await nextPull();
    expect(deps.ingest.rows('m')).toEqual([
      [NOW - 5_000, 1],
      [NOW + 5_000, 2],
    ]);
    expect(deps.ingest.batches.find(({ labels }) => labels.length > 0)?.labels[0]).toEqual({
      ...m,
      region: 'eu',
      environment: 'prod',
    });
    expect(deps.ingest.rows('up')).toEqual([]);
  });

  it('ends a series that is no longer there, but none when the server is silent', async () => {
    prometheus.add(m, [NOW - 5_000, 1]);
    await start({ backfill: '0s' });
    prometheus.isDown = true;
    await nextPull();
    expect(deps.ingest.rows('m')).toHaveLength(1);
    expect(deps.ingest.reports.at(-1)?.lastError).toContain('503');
    prometheus.isDown = false;
    prometheus.stored.length = 0;
    await nextPull();
    await eventually(() => deps.ingest.rows('m').length === 2);
    expect(deps.ingest.rows('m')[1]?.[1]).toBe('stale');
    expect(deps.ingest.rows('m')[1]?.[0]).toBeGreaterThan(NOW);
  });

  it('reads what lies between two pulls when a series moves further than usual', async () => {
    prometheus.add(m, [NOW - 30_000, 1], [NOW - 25_000, 2], [NOW - 20_000, 3], [NOW - 5_000, 6]);
    await start({ backfill: '1m' });
    prometheus.add(m, [NOW, 7], [NOW + 5_000, 8], [NOW + 10_000, 9]);
    await nextPull();
    await nextPull();
    const rows = deps.ingest.rows('m').map(([, value]) => value);
    expect(rows).toEqual([1, 2, 3, 6, 7, 8, 9]);
  });

  it('keeps the watermark behind the pull by what may still settle', async () => {
    await start({ backfill: '0s', settle: '3s' });
    expect(deps.ingest.watermarks.get('src')).toBe(NOW - 3_000);
  });
});

describe('filling a gap', () => {
  const fill = (count: number): (readonly [number, number])[] =>
    Array.from({ length: count }, (_, index) => [NOW - (count - index) * STEP_MS + 123, index] as const);

  it('copies raw samples from the watermark on, under the labels that pulling gives', async () => {
    const samples = fill(400);
    prometheus.add(m, ...samples);
    const watermarkMs = samples[9]?.[0] ?? 0;
    deps.ingest.watermarks.set('src', watermarkMs + 2_000);
    await start();
    await nextPull();
    expect(deps.ingest.rows('m')).toEqual(samples.slice(10));
    expect(deps.ingest.rows('m', { region: 'eu' })).toHaveLength(390);
    expect(new Set(deps.ingest.batches.flatMap(({ labels }) => labels)).size).toBe(1);
    const progress = deps.ingest.reports.flatMap(({ backfill }) => backfill ?? []);
    expect(progress.length).toBeGreaterThan(2);
    expect(deps.ingest.reports.at(-1)?.backfill).toBeNull();
  });

  it('moves the watermark window by window, only over what is stored', async () => {
    prometheus.add(m, ...fill(400));
    await start({ backfill: '1h' });
    const marks = deps.ingest.batches.flatMap(({ watermarkMs }) => watermarkMs ?? []);
    expect(marks).toEqual([...marks].sort((a, b) => a - b));
    expect(marks[0]).toBe(NOW - 3_600_000 - 2_000 + 1_800_000 - 2_000);
  });

  it('halves the window when there is too much in it', async () => {
    const answer = prometheus.answer.bind(prometheus);
    prometheus.answer = (url) => {
      const width = Number(/\[(\d+)ms\]$/.exec(url.searchParams.get('query') ?? '')?.[1] ?? 0);
      const body = JSON.stringify({ status: 'error', error: 'query processing would load too many samples into memory' });
      return width > 600_000 ? { status: 422, body } : answer(url);
    };
    prometheus.add(m, ...fill(300));
    await start();
    await nextPull();
    expect(deps.ingest.rows('m')).toEqual(fill(300));
  });

  it.for([
    { backfill_method: 'auto' as const, refuse: { status: 404, body: '' }, why: 'the server knows no range selectors' },
    { backfill_method: 'query_range' as const, refuse: undefined, why: 'configured so' },
  ])('asks query_range when $why', async ({ backfill_method, refuse }) => {
    prometheus.refuseRange = refuse;
    prometheus.add(m, ...fill(60));
    await start({ backfill: '5m', backfill_method });
    const times = deps.ingest.rows('m').map(([at]) => at);
    expect(times.slice(0, -1).every((at) => at % STEP_MS === 0)).toBe(true);
    expect(times.length).toBeGreaterThan(28);
    expect(times).toEqual([...times].sort((a, b) => a - b));
  });

  it('goes on where it was after the server was away', async () => {
    prometheus.add(m, ...fill(60));
    await start({ backfill: '5m' });
    prometheus.isDown = true;
    await nextPull();
    prometheus.add(m, ...fill(6).map(([at, value]) => [at + 6 * STEP_MS, 100 + value] as const));
    prometheus.isDown = false;
    await deps.clock.advanceTo(NOW + 60_000);
    await until(() => deps.ingest.rows('m').at(-1)?.[1] === 105);
    const rows = deps.ingest.rows('m').map(([, value]) => value);
    expect(rows.slice(-7)).toEqual([59, 100, 101, 102, 103, 104, 105]);
  });

  it('reads no further back than the limit', async () => {
    prometheus.add(m, ...fill(400));
    deps.ingest.watermarks.set('src', NOW - 90 * 24 * 3_600_000);
    await start({ backfill_limit: '10m' });
    expect(deps.ingest.rows('m').length).toBeLessThan(62);
  });
});

describe('a server that refuses its history', () => {
  const PAGE = '<html>Sign in</html>';
  const values = (name = 'm'): unknown[] => deps.ingest.rows(name).map(([, value]) => value);
  const errors = (): string[] => deps.ingest.reports.flatMap(({ lastError }) => lastError ?? []);

  it.for([
    { refuse: { status: 403, body: '' }, error: 'status 403', why: 'it forbids queries' },
    { refuse: { status: 404, body: '' }, error: 'status 404', why: 'it knows no queries' },
    { refuse: { status: 200, body: PAGE }, error: 'did not answer as Prometheus does', why: 'a page answers' },
  ])('is pulled without it, which is said once: $why', async ({ refuse, error }) => {
    prometheus.refuseQueries = refuse;
    prometheus.add(m, [NOW - 5_000, 1]);
    await start({ backfill: '1h' });
    await until(() => values().length === 1);
    expect(deps.ingest.watermarks.get('src')).toBeGreaterThanOrEqual(NOW - 2_000);
    expect(deps.ingest.reports.at(-1)).toMatchObject({ lastError: expect.stringContaining(error), backfill: null });
    expect(deps.ingest.reports.at(-1)?.lastSuccessAt).not.toBeNull();
    prometheus.add(m, [NOW + 5_000, 2]);
    await nextPull();
    await until(() => values().length === 2);
    expect(errors()).toHaveLength(1);
    expect(deps.ingest.reports.at(-1)?.lastError).toBeNull();
  });

  it('keeps the gap open while pulls are refused too, for a token may be on its way', async () => {
    prometheus.add(m, [NOW - 25_000, 1], [NOW - 15_000, 2], [NOW - 5_000, 3]);
    const answer = prometheus.answer.bind(prometheus);
    prometheus.answer = () => ({ status: 401, body: '' });
    await start({ backfill: '1m' });
    expect(errors().at(-1)).toContain('401');
    prometheus.answer = answer;
    await until(() => values().length === 3);
    expect(values()).toEqual([1, 2, 3]);
  });

  it('still waits for a history that is only away', async () => {
    prometheus.refuseQueries = { status: 503, body: '' };
    prometheus.add(m, [NOW - 15_000, 1], [NOW - 5_000, 2]);
    await start({ backfill: '1m' });
    expect(values()).toEqual([]);
    prometheus.refuseQueries = undefined;
    await until(() => values().length === 2);
    expect(values()).toEqual([1, 2]);
  });

  it('goes on pulling over holes it cannot repair, and says so once', async () => {
    prometheus.add(m, [NOW - 30_000, 1], [NOW - 25_000, 2], [NOW - 20_000, 3], [NOW - 5_000, 6]);
    await start({ backfill: '1m' });
    prometheus.refuseQueries = { status: 404, body: '' };
    for (const step of [1, 2, 3]) {
      prometheus.add(m, [NOW + step * STEP_MS, 10 + step]);
      await nextPull();
    }
    await until(() => values().includes(13));
    expect(values()).toEqual([1, 2, 3, 6, 11, 12, 13]);
    expect(errors().filter((error) => error.includes('404'))).toHaveLength(1);
  });

  it('loses nothing of the selectors that it does answer', async () => {
    const other = { __name__: 'n', job: 'other' };
    for (const labels of [m, other]) {
      prometheus.add(labels, [NOW - 30_000, 1], [NOW - 25_000, 2], [NOW - 20_000, 3], [NOW - 5_000, 6]);
    }
    await start({ backfill: '1m', match: ['{job="node"}', '{job="other"}'] });
    const answer = prometheus.answer.bind(prometheus);
    prometheus.answer = (url) => {
      const isOther = url.searchParams.get('query')?.includes('other') === true;
      return isOther ? { status: 404, body: '' } : answer(url);
    };
    for (const labels of [m, other]) {
      prometheus.add(labels, [NOW, 7], [NOW + 5_000, 8], [NOW + 10_000, 9]);
    }
    await nextPull();
    await nextPull();
    await until(() => values('n').includes(9));
    expect(values('m')).toEqual([1, 2, 3, 6, 7, 8, 9]);
  });
});
