import { describe, expect, it } from 'vitest';
import { type FakeDeps, fakeDeps } from '../../collector-deps.fake.ts';
import { startTestServer, type TestServer } from '../../http/test-server.fake.ts';
import { PrometheusScrapeConfig } from './schema.ts';
import { ScrapeCollector } from './scrape-collector.ts';

const NOW = 1_700_000_000_000;

function collectorOf(server: TestServer, deps: FakeDeps): ScrapeCollector {
  const config = PrometheusScrapeConfig.parse({
    type: 'prometheus_scrape',
    name: 'src',
    scrape_interval: '10s',
    http_sd_configs: [{ url: `${server.url}/sd` }],
    labels: { environment: 'prod' },
    history: { url: `${server.url}/prom`, range: '1m' },
  });
  return new ScrapeCollector(config, deps);
}

async function until(deps: FakeDeps, isTrue: () => boolean): Promise<void> {
  for (let tries = 0; !isTrue() && tries < 5_000; tries += 1) {
    await deps.clock.advanceTo(deps.clock.now() + 20);
  }
  expect(isTrue()).toBe(true);
}

describe('history of a scraped job', () => {
  it('is copied before the first scrape, for the jobs that discovery names, into the same series', async () => {
    const deps = fakeDeps({ now: NOW });
    await using server = await startTestServer((url, response) => {
      if (url.pathname === '/sd') {
        response.end(JSON.stringify([{ targets: [server.address], labels: { job: 'pay.ments' } }]));
        return;
      }
      if (url.pathname === '/metrics') {
        response.end('m 5\n');
        return;
      }
      const metric = { __name__: 'm', job: 'pay.ments', instance: server.address };
      const values = [
        [NOW / 1000 - 30.5, '1'],
        [NOW / 1000 - 20.5, 'NaN'],
      ];
      response.end(JSON.stringify({ status: 'success', data: { resultType: 'matrix', result: [{ metric, values }] } }));
    });
    await using collector = collectorOf(server, deps);
    collector.start();
    await until(deps, () => deps.ingest.rows('m').length > 2);
    expect(deps.ingest.rows('m').slice(0, 3)).toEqual([
      [NOW - 30_500, 1],
      [NOW - 20_500, Number.NaN],
      [expect.any(Number), 5],
    ]);
    expect(new Set(deps.ingest.batches.flatMap(({ labels }) => labels).map((set) => set.environment))).toEqual(new Set(['prod']));
    const query = server.requests.find(({ url }) => url.pathname === '/prom/api/v1/query')?.url.searchParams.get('query');
    expect(query).toMatch(/^\{job=~"pay\\\\\.ments"\}\[\d+ms\]$/);
  });

  it('is given up when it cannot be read, and scraping starts', async () => {
    const deps = fakeDeps({ now: NOW });
    await using server = await startTestServer((url, response) => {
      const isHistory = url.pathname.startsWith('/prom');
      response.writeHead(isHistory ? 500 : 200);
      response.end(url.pathname === '/sd' ? JSON.stringify([{ targets: [server.address] }]) : 'm 5\n');
    });
    await using collector = collectorOf(server, deps);
    collector.start();
    await until(deps, () => deps.ingest.rows('m').length > 0);
    expect(deps.counts.retries).toBe(3);
    expect(deps.ingest.reports.some(({ lastError }) => lastError?.includes('status 500'))).toBe(true);
  });
});
