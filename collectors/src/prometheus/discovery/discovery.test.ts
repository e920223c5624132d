import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type FakeDeps, fakeDeps } from '../../collector-deps.fake.ts';
import { startTestServer } from '../../http/test-server.fake.ts';
import { eventually, turns } from '../../manual-clock.fake.ts';
import { PrometheusScrapeConfig } from '../scrape/schema.ts';
import { ScrapeCollector } from '../scrape/scrape-collector.ts';
import { TargetDiscovery } from '../scrape/target-discovery.ts';

let directory: string;
let deps: FakeDeps;
let stop: AbortController;
let addresses: string[];

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'tila-sd-'));
  deps = fakeDeps({ baseDirectory: directory });
  stop = new AbortController();
  addresses = ['untold'];
});
afterEach(async () => {
  stop.abort();
  await rm(directory, { recursive: true });
});

const parse = (config: object): PrometheusScrapeConfig =>
  PrometheusScrapeConfig.parse({ type: 'prometheus_scrape', name: 'src', ...config });

function discover(config: object): TargetDiscovery {
  const discovery = new TargetDiscovery(parse(config), deps);
  const follow = (targets: readonly { readonly labels: Readonly<Record<string, string>> }[]): void => {
    addresses = targets.map(({ labels }) => labels.instance ?? '').sort();
  };
  discovery.run(follow, stop.signal).catch(() => undefined);
  return discovery;
}

describe('file_sd_configs', () => {
  const config = { file_sd_configs: [{ files: ['*.yaml', 'more.json'] }] };
  const write = (file: string, text: string): Promise<void> => writeFile(join(directory, file), text);

  it('reads YAML and JSON, notices a change and keeps the last good groups of a broken file', async () => {
    await write('a.yaml', '- targets: [a:1, a:2]\n  labels: { team: x }\n');
    await write('more.json', '[{"targets":["b:1"]}]');
    discover(config);
    await eventually(() => addresses.join() === 'a:1,a:2,b:1');
    await write('a.yaml', '- targets: [a:3]\n');
    await deps.clock.advanceTo(deps.clock.now() + 5_000);
    await eventually(() => addresses.join() === 'a:3,b:1');
    await write('a.yaml', '- targets: nonsense\n');
    await write('more.json', '[]');
    await deps.clock.advanceTo(deps.clock.now() + 5_000);
    await eventually(() => addresses.join() === 'a:3');
    expect(deps.counts.discoveryFailures).toBe(1);
    await rm(join(directory, 'a.yaml'));
    await deps.clock.advanceTo(deps.clock.now() + 5_000);
    await eventually(() => addresses.join() === '');
  });
});

describe('http_sd_configs', () => {
  it('asks again, and keeps the last good answer when it fails', async () => {
    let answer = '[{"targets":["a:1"],"labels":{"x":"y"}}]';
    let status = 200;
    await using server = await startTestServer((_, response) => {
      response.writeHead(status, { 'content-type': 'application/json' }).end(answer);
    });
    await using discovery = discover({
      http_sd_configs: [{ url: `${server.url}/sd`, refresh_interval: '10s', bearer_token: 'secret' }],
    });
    expect(discovery.hasAnswered).toBe(false);
    await eventually(() => addresses.join() === 'a:1');
    expect(discovery.hasAnswered).toBe(true);
    expect(server.requests[0]?.headers.authorization).toBe('Bearer secret');
    expect(server.requests[0]?.headers['x-prometheus-refresh-interval-seconds']).toBe('10');
    status = 500;
    await deps.clock.advanceTo(deps.clock.now() + 10_000);
    await eventually(() => deps.counts.discoveryFailures === 1);
    expect(addresses).toEqual(['a:1']);
    status = 200;
    answer = '[{"targets":["b:1","c:1"]}]';
    await deps.clock.advanceTo(deps.clock.now() + 10_000);
    await eventually(() => addresses.join() === 'b:1,c:1');
    stop.abort();
  });
});

it('ends all series of a target that has gone, its own too', async () => {
  await using server = await startTestServer((_, response) => response.end('m 1\n'));
  const file = join(directory, 'a.json');
  await writeFile(file, JSON.stringify([{ targets: [server.address] }]));
  await using collector = new ScrapeCollector(parse({ scrape_interval: '10s', file_sd_configs: [{ files: ['a.json'] }] }), deps);
  collector.start();
  await eventually(() => deps.ingest.reports.length > 0);
  for (let second = 0; deps.counts.scrapes === 0 && second < 60; second += 1) {
    await deps.clock.advanceTo(deps.clock.now() + 1_000);
    // The target answers for real: the clock must not run into the scrape's timeout meanwhile.
    await turns(500);
  }
  await eventually(() => deps.ingest.rows('m').length > 0);
  await writeFile(file, '[]');
  for (let second = 0; deps.ingest.rows('up').at(-1)?.[1] !== 'stale' && second < 60; second += 1) {
    await deps.clock.advanceTo(deps.clock.now() + 1_000);
    // The file is read for real: the clock must not run away from it.
    await turns(500);
  }
  await eventually(() => deps.ingest.rows('up').at(-1)?.[1] === 'stale');
  expect(deps.ingest.rows('m').at(-1)?.[1]).toBe('stale');
  expect(deps.ingest.rows('scrape_duration_seconds').at(-1)?.[1]).toBe('stale');
});
