import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { z } from 'zod';
import { type FakeDeps, fakeDeps } from '../../collector-deps.fake.ts';
import { startTestServer, type TestServer } from '../../http/test-server.fake.ts';
import { eventually } from '../../manual-clock.fake.ts';
import { PrometheusScrapeConfig } from './schema.ts';
import { ScrapeCollector } from './scrape-collector.ts';

type Input = Partial<z.input<typeof PrometheusScrapeConfig>>;

const STEP_MS = 10_000;

/** Scrapes a server whose body and status the test sets, slot by slot. */
class Bench {
  readonly deps: FakeDeps = fakeDeps();
  body = 'm 1\n';
  status = 200;
  contentType = 'text/plain; version=0.0.4';
  isSilent = false;
  #server: TestServer | undefined;
  #collector: ScrapeCollector | undefined;

  async start(config: Input = {}): Promise<void> {
    this.#server = await startTestServer((url, response) => {
      if (url.pathname === '/sd') {
        response.end(JSON.stringify([{ targets: url.searchParams.has('none') ? [] : [this.address], labels: { via: 'sd' } }]));
        return;
      }
      if (this.isSilent) {
        return;
      }
      response.writeHead(this.status, { 'content-type': this.contentType, 'content-encoding': 'gzip' });
      response.end(gzipSync(this.body));
    });
    const parsed = PrometheusScrapeConfig.parse({
      type: 'prometheus_scrape',
      name: 'src',
      job_name: 'job',
      scrape_interval: '10s',
      static_configs: [{ targets: [this.address] }],
      ...config,
    });
    this.#collector = new ScrapeCollector(parsed, this.deps);
    this.#collector.start();
  }

  get address(): string {
    return this.#server?.address ?? '';
  }

  get requests(): TestServer['requests'] {
    return this.#server?.requests ?? [];
  }

  /** One interval on, and the scrape in it done. */
  async scrape(): Promise<number> {
    const { counts, clock, ingest } = this.deps;
    const before = counts.scrapes;
    await clock.advanceTo(clock.now() + STEP_MS);
    await eventually(() => counts.scrapes > before);
    await eventually(() => ingest.rows('up').length === counts.scrapes);
    return ingest.rows('up').at(-1)?.[0] ?? 0;
  }

  values(name: string): (number | 'stale')[] {
    return this.deps.ingest.rows(name).map(([, value]) => value);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#collector?.[Symbol.asyncDispose]();
    await this.#server?.[Symbol.asyncDispose]();
  }
}

let bench: Bench;
beforeEach(() => {
  bench = new Bench();
});
afterEach(() => bench[Symbol.asyncDispose]());

describe('a scrape', () => {
  it('stores samples with job and instance, and what it knows about itself', async () => {
    bench.body = '# TYPE m counter\nm{a="b"} 5\nn NaN\n';
    await bench.start();
    const at = await bench.scrape();
    const batch = bench.deps.ingest.batches.find(({ values }) => values.length > 0);
    expect(batch?.labels[0]).toEqual({ __name__: 'm', a: 'b', job: 'job', instance: bench.address });
    expect(batch?.timestamps.every((each) => each === at)).toBe(true);
    expect(batch?.metadata).toEqual({ m: { type: 'counter', help: '', unit: '' } });
    expect(bench.values('n')).toEqual([Number.NaN]);
    expect(bench.values('up')).toEqual([1]);
    expect(bench.values('scrape_samples_scraped')).toEqual([2]);
    expect(bench.values('scrape_samples_post_metric_relabeling')).toEqual([2]);
    expect(bench.values('scrape_series_added')).toEqual([2]);
    expect(bench.values('scrape_duration_seconds')).toHaveLength(1);
    expect(bench.requests[0]?.headers.accept).toContain('application/openmetrics-text');
    expect(bench.requests[0]?.headers['x-prometheus-scrape-timeout-seconds']).toBe('10');
  });

  it('uses the same label object again', async () => {
    await bench.start();
    await bench.scrape();
    await bench.scrape();
    const sets = bench.deps.ingest.batches.flatMap(({ labels }) => labels).filter((labels) => labels.__name__ === 'm');
    expect(sets).toHaveLength(2);
    expect(sets[0]).toBe(sets[1]);
    expect(bench.values('scrape_series_added')).toEqual([1, 0]);
  });

  it.for<{ config: Input; body: string; rows: [string, number | 'stale', Record<string, string>][]; why: string }>([
    {
      config: {},
      body: 'm{job="a",exported_job="b"} 1\n',
      rows: [['m', 1, { job: 'job', exported_exported_job: 'a', exported_job: 'b' }]],
      why: 'target labels win, the exposed ones are renamed until the name is free',
    },
    {
      config: { honor_labels: true },
      body: 'm{job="a"} 1\n',
      rows: [['m', 1, { job: 'a' }]],
      why: 'honor_labels keeps the exposed',
    },
    {
      config: { labels: { environment: 'prod' } },
      body: 'm 1\n',
      rows: [['m', 1, { environment: 'prod' }]],
      why: 'static labels',
    },
    {
      config: { metric_relabel_configs: [{ source_labels: ['__name__'], regex: 'drop.*', action: 'drop' }] },
      body: 'drop_me 1\nm 2\n',
      rows: [
        ['m', 2, {}],
        ['scrape_samples_post_metric_relabeling', 1, {}],
        ['scrape_samples_scraped', 2, {}],
      ],
      why: 'metric relabelling drops series',
    },
    { config: {}, body: 'm 1\nm 2\n', rows: [['m', 1, {}]], why: 'of a series twice in one body the first counts' },
    {
      config: {},
      body: 'm{a="1",b="2"} 1\nm{b="2",a="1"} 2\n',
      rows: [['m', 1, { a: '1' }]],
      why: 'label order makes no other series',
    },
    {
      config: {},
      body: 'm -4.243991583e-314\n',
      rows: [['m', 0, {}]],
      why: 'the number that means stale is not taken from exporters',
    },
  ])('$why', async ({ config, body, rows }) => {
    bench.body = body;
    await bench.start(config);
    await bench.scrape();
    for (const [name, value, labels] of rows) {
      expect(bench.deps.ingest.rows(name, labels).map(([, each]) => each)).toEqual([value]);
    }
    expect(bench.values('drop_me')).toEqual([]);
  });

  it('honours timestamps, or not when told', async () => {
    bench.body = 'm 1 1600000000000\n';
    await bench.start();
    await bench.scrape();
    await bench.scrape();
    expect(bench.deps.ingest.rows('m')).toEqual([[1_600_000_000_000, 1]]);
    bench.body = '';
    await bench.scrape();
    expect(bench.values('m'), 'a series with its own timestamps is not ended').toEqual([1]);
  });

  it('stamps with its own time when timestamps are not honoured', async () => {
    bench.body = 'm 1 1600000000000\n';
    await bench.start({ honor_timestamps: false });
    const at = await bench.scrape();
    expect(bench.deps.ingest.rows('m')).toEqual([[at, 1]]);
  });
});

describe('the end of a series', () => {
  it('is told when the series vanishes, and it may come back', async () => {
    bench.body = 'm 1\nn 1\n';
    await bench.start();
    await bench.scrape();
    bench.body = 'n 1\n';
    await bench.scrape();
    await bench.scrape();
    bench.body = 'n 1\nm 2\n';
    await bench.scrape();
    expect(bench.values('m')).toEqual([1, 'stale', 2]);
    expect(bench.values('n')).toEqual([1, 1, 1, 1]);
  });

  it('is told when the body is empty', async () => {
    await bench.start();
    await bench.scrape();
    bench.body = '';
    await bench.scrape();
    expect(bench.values('m')).toEqual([1, 'stale']);
    expect(bench.values('up')).toEqual([1, 1]);
  });

  it.for<{ fail: (bench: Bench) => void; config?: Input; error: string; why: string }>([
    {
      fail: (bench) => {
        bench.status = 503;
      },
      error: 'status 503',
      why: 'the target answers with an error',
    },
    {
      fail: (bench) => {
        bench.body = 'm 2\nbroken\n';
      },
      error: 'line 2: expected a blank',
      why: 'a line is malformed',
    },
    {
      fail: (bench) => {
        bench.body = 'm 2\nn 1\n';
      },
      config: { sample_limit: 1 },
      error: 'sample_limit is 1',
      why: 'there are too many samples',
    },
    {
      fail: (bench) => {
        bench.body = `m 2\n#${'x'.repeat(5000)}\n`;
      },
      config: { body_size_limit: '1KB' },
      error: 'larger than 1024 bytes',
      why: 'the uncompressed body is too large',
    },
    {
      fail: (bench) => {
        bench.body = 'm{a="b"} 2\n';
      },
      config: { label_limit: 1 },
      error: 'label_limit is 1',
      why: 'there are too many labels',
    },
    {
      fail: (bench) => {
        bench.contentType = 'application/openmetrics-text; version=1.0.0';
      },
      error: 'must end with "# EOF"',
      why: 'an OpenMetrics body was cut',
    },
  ])('is told of all series when $why', async ({ fail, config = {}, error }) => {
    await bench.start(config);
    await bench.scrape();
    fail(bench);
    await bench.scrape();
    await eventually(() => bench.deps.ingest.reports.at(-1)?.targets[0]?.health === 'down');
    expect(bench.values('m')).toEqual([1, 'stale']);
    expect(bench.values('up')).toEqual([1, 0]);
    expect(bench.values('scrape_samples_post_metric_relabeling')).toEqual([1, 0]);
    expect(bench.deps.ingest.reports.at(-1)?.lastError).toContain(error);
  });

  it('is not told when the process stops', async () => {
    await bench.start();
    await bench.scrape();
    await bench[Symbol.asyncDispose]();
    expect(bench.values('m')).toEqual([1]);
    expect(bench.values('up')).toEqual([1]);
  });
});

describe('the watermark', () => {
  it('lies just before the next scrape as soon as one is stored: nothing more will be said until then', async () => {
    const { ingest } = bench.deps;
    await bench.start();
    const at = await bench.scrape();
    await eventually(() => (ingest.watermarks.get('src') ?? 0) >= at);
    expect(ingest.watermarks.get('src')).toBe(at + STEP_MS - 1);
  });
});

describe('a scrape under way', () => {
  it('holds the watermark just before it until its timeout, then says up is 0', async () => {
    const { clock, ingest, counts } = bench.deps;
    await bench.start({ scrape_timeout: '8s' });
    const at = await bench.scrape();
    bench.isSilent = true;
    const next = (Math.floor((clock.now() - at) / STEP_MS) + 1) * STEP_MS + at;
    await clock.advanceTo(next + 5_000);
    await eventually(() => bench.requests.length === 2);
    expect(ingest.watermarks.get('src')).toBeLessThan(next);
    await clock.advanceTo(next + 8_000);
    await eventually(() => counts.scrapes === 2);
    await clock.advanceTo(next + 9_500);
    await eventually(() => (ingest.watermarks.get('src') ?? 0) >= next + 8_000);
    expect(ingest.rows('up').at(-1)).toEqual([next, 0]);
  });
});

describe('a batch that ingest refuses', () => {
  it('is reported and does not stop the scraping', async () => {
    const { ingest, counts, clock } = bench.deps;
    const write = ingest.write.bind(ingest);
    ingest.write = () => Promise.reject(new Error('too many series'));
    await bench.start();
    await clock.advanceTo(clock.now() + STEP_MS);
    await eventually(() => counts.scrapes === 1);
    await clock.advanceTo(clock.now() + 1_000);
    await eventually(() => ingest.reports.at(-1)?.lastError === 'too many series');
    ingest.write = write;
    await clock.advanceTo(clock.now() + STEP_MS);
    await eventually(() => bench.values('m').length >= 1);
  });
});
