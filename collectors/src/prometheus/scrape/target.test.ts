import { describe, expect, it } from 'vitest';
import { Relabeler } from '../../relabel/relabel.ts';
import { PrometheusScrapeConfig } from './schema.ts';
import { offsetOf, type Target, targetsOf } from './target.ts';

function targets(config: object, address = 'host:80'): Target[] {
  const parsed = PrometheusScrapeConfig.parse({
    type: 'prometheus_scrape',
    name: 'src',
    static_configs: [{ targets: [address] }],
    ...config,
  });
  const relabeler = new Relabeler(parsed.relabel_configs);
  return parsed.static_configs.flatMap((group) => targetsOf(group, parsed, relabeler));
}

describe('a target', () => {
  it.for<{ config: object; url: string; labels: object; why: string }>([
    { config: {}, url: 'http://host:80/metrics', labels: { job: 'src', instance: 'host:80' }, why: 'defaults' },
    {
      config: { job_name: 'j', scheme: 'https', metrics_path: '/m', params: { a: ['1', '2'], 'b[]': ['x y'] } },
      url: 'https://host:80/m?a=1&a=2&b%5B%5D=x+y',
      labels: { job: 'j', instance: 'host:80' },
      why: 'scheme, path and parameters',
    },
    {
      config: {
        static_configs: [{ targets: ['http://probe.me/x'], labels: { team: 't' } }],
        relabel_configs: [
          { source_labels: ['__address__'], target_label: '__param_target' },
          { source_labels: ['__param_target'], target_label: 'instance' },
          { target_label: '__address__', replacement: 'blackbox:9115' },
        ],
      },
      url: 'http://blackbox:9115/metrics?target=http%3A%2F%2Fprobe.me%2Fx',
      labels: { job: 'src', instance: 'http://probe.me/x', team: 't' },
      why: 'the black-box exporter pattern',
    },
    {
      config: { static_configs: [{ targets: ['h:1'], labels: { __metrics_path__: '/other', __scheme__: 'https', job: 'own' } }] },
      url: 'https://h:1/other',
      labels: { job: 'own', instance: 'h:1' },
      why: 'labels of the group win over the configuration',
    },
  ])('$why', ({ config, url, labels }) => {
    expect(targets(config).map((target) => [new URL(target.url).href, target.labels])).toEqual([[new URL(url).href, labels]]);
  });

  it('takes interval and timeout from relabelling', () => {
    const [target] = targets({
      scrape_interval: '1m',
      relabel_configs: [
        { target_label: '__scrape_interval__', replacement: '5s' },
        { target_label: '__scrape_timeout__', replacement: '1s500ms' },
      ],
    });
    expect(target).toMatchObject({ intervalMs: 5_000, timeoutMs: 1_500 });
  });

  it('is left out when relabelling drops it', () => {
    expect(targets({ relabel_configs: [{ source_labels: ['__address__'], regex: 'host.*', action: 'drop' }] })).toEqual([]);
  });

  it.for([
    { address: 'http://host/metrics', message: 'is no address', why: 'a URL instead of an address' },
    { address: 'a b', message: 'no address that can be scraped', why: 'nonsense' },
  ])('is refused: $why', ({ address, message }) => {
    expect(() => targets({}, address)).toThrow(message);
  });

  it('has its own place in the interval, the same each time', () => {
    const offsets = Array.from({ length: 100 }, (_, index) => targets({}, `h:${index}`).map(offsetOf)[0] ?? -1);
    expect(new Set(offsets).size).toBeGreaterThan(90);
    expect(offsets.every((offset) => offset >= 0 && offset < 15_000)).toBe(true);
    expect(targets({}, 'h:7').map(offsetOf)).toEqual([offsets[7]]);
  });
});
