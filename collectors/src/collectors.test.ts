import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { SourceConfig } from './collectors.ts';

const scrape = { type: 'prometheus_scrape', name: 'n', static_configs: [{ targets: ['h:1'] }] };
const federate = { type: 'prometheus_federate', name: 'n', url: 'http://h:9090', match: ['up'] };

describe('the configuration of a source', () => {
  it('fills in the defaults of Prometheus', () => {
    expect(SourceConfig.parse(scrape)).toMatchObject({
      scrape_interval: 15_000,
      metrics_path: '/metrics',
      honor_timestamps: true,
    });
    expect(SourceConfig.parse(federate)).toMatchObject({ interval: 15_000, backfill: 3_600_000, backfill_method: 'auto' });
  });

  it.for<{ config: object; path: string; message: string; why: string }>([
    { config: { type: 'nagios' }, path: 'type', message: 'Invalid', why: 'an unknown type' },
    { config: { ...scrape, scrape_intervall: '5s' }, path: '', message: 'scrape_intervall', why: 'a misspelled key' },
    {
      config: { ...scrape, scrape_interval: '5 minutes' },
      path: 'scrape_interval',
      message: 'write it like 15s',
      why: 'no duration',
    },
    {
      config: { ...scrape, scrape_interval: '0s' },
      path: 'scrape_interval',
      message: 'longer than 0s',
      why: 'an empty duration',
    },
    {
      config: { ...scrape, scrape_timeout: '1m' },
      path: 'scrape_timeout',
      message: 'longer than scrape_interval',
      why: 'a long timeout',
    },
    { config: { type: 'prometheus_scrape', name: 'n' }, path: '', message: 'static_configs', why: 'no targets' },
    { config: { ...scrape, body_size_limit: '10 apples' }, path: 'body_size_limit', message: 'is no size', why: 'no size' },
    {
      config: { ...scrape, metric_relabel_configs: [{ regex: '(', target_label: 'a' }] },
      path: 'metric_relabel_configs.0.regex',
      message: 'RE2',
      why: 'a broken regex',
    },
    { config: { ...scrape, bearer_token: 'a', basic_auth: {} }, path: '', message: 'only one of', why: 'two ways to sign in' },
    {
      config: { ...scrape, tls_config: { cert_file: 'a' } },
      path: 'tls_config',
      message: 'go together',
      why: 'a certificate without key',
    },
    { config: { ...federate, url: 'ftp://h' }, path: 'url', message: 'http://', why: 'another protocol' },
    { config: { ...federate, url: 'http://u:p@h' }, path: 'url', message: 'basic_auth', why: 'a password in the address' },
    { config: { ...federate, match: ['up[5m]'] }, path: 'match.0', message: 'without a range', why: 'a range selector' },
    { config: { ...federate, match: [] }, path: 'match', message: '>=1', why: 'nothing to match' },
  ])('refuses $why and says where', ({ config, path, message }) => {
    const { error } = SourceConfig.safeParse(config);
    expect(error === undefined ? '' : z.prettifyError(error)).toContain(message);
    expect(error?.issues.map((issue) => issue.path.join('.'))).toContain(path);
  });
});
