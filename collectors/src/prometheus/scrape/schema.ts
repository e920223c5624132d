import { LabelSet } from '@tila/contract/labels.ts';
import { z } from 'zod';
import { ByteSize } from '../../config/byte-size.ts';
import { PositiveDuration } from '../../config/duration.ts';
import { checkHttpClient, HttpUrl, httpClientKeys } from '../../http/http-config.ts';
import { RelabelConfig } from '../../relabel/relabel-config.ts';
import { HistoryConfig } from '../history/schema.ts';

const MINUTE_MS = 60_000;

/** Targets that share labels; also the shape of file and HTTP service discovery. */
export const TargetGroup = z.strictObject({
  targets: z.array(z.string().min(1)),
  labels: LabelSet.default({}),
});
export type TargetGroup = z.infer<typeof TargetGroup>;

export const FileDiscoveryConfig = z.strictObject({
  files: z.array(z.string().regex(/\.(json|ya?ml)$/, 'must end in .json, .yml or .yaml; a * may stand in the last part')).min(1),
  refresh_interval: PositiveDuration.default(5 * MINUTE_MS),
});
export type FileDiscoveryConfig = z.infer<typeof FileDiscoveryConfig>;

export const HttpDiscoveryConfig = z
  .strictObject({ url: HttpUrl, refresh_interval: PositiveDuration.default(MINUTE_MS), ...httpClientKeys })
  .superRefine(checkHttpClient);
export type HttpDiscoveryConfig = z.infer<typeof HttpDiscoveryConfig>;

const Limit = z.number().int().min(0).default(0);

/** A `scrape_config` of Prometheus as a source of Tila. Limits of 0 mean none. */
export const PrometheusScrapeConfig = z
  .strictObject({
    type: z.literal('prometheus_scrape'),
    name: z.string().min(1).max(200),
    /** The `job` label; the source's name when absent. */
    job_name: z.string().min(1).optional(),
    scrape_interval: PositiveDuration.default(15_000),
    scrape_timeout: PositiveDuration.optional(),
    metrics_path: z.string().startsWith('/').default('/metrics'),
    scheme: z.enum(['http', 'https']).default('http'),
    params: z.record(z.string(), z.array(z.string())).default({}),
    honor_labels: z.boolean().default(false),
    honor_timestamps: z.boolean().default(true),
    static_configs: z.array(TargetGroup).default([]),
    file_sd_configs: z.array(FileDiscoveryConfig).default([]),
    http_sd_configs: z.array(HttpDiscoveryConfig).default([]),
    relabel_configs: z.array(RelabelConfig).default([]),
    metric_relabel_configs: z.array(RelabelConfig).default([]),
    /** After metric relabelling; one more and the whole scrape fails. */
    sample_limit: Limit,
    /** Of the uncompressed body. */
    body_size_limit: ByteSize.default(0),
    label_limit: Limit,
    label_name_length_limit: Limit,
    label_value_length_limit: Limit,
    target_limit: Limit,
    /** Set over the labels of every series of this source. */
    labels: LabelSet.default({}),
    /** Behind by more than this the source is stale; the longer of three intervals and one minute when absent. */
    max_lag: PositiveDuration.optional(),
    /** A Prometheus-compatible server that has scraped this job before, or beside us: what we lack is copied from it. */
    history: HistoryConfig.optional(),
    ...httpClientKeys,
  })
  .superRefine((config, context) => {
    checkHttpClient(config, context);
    if (config.scrape_timeout !== undefined && config.scrape_timeout > config.scrape_interval) {
      context.addIssue({ code: 'custom', path: ['scrape_timeout'], message: 'must not be longer than scrape_interval' });
    }
    if (config.static_configs.length + config.file_sd_configs.length + config.http_sd_configs.length === 0) {
      context.addIssue({ code: 'custom', message: 'give static_configs, file_sd_configs or http_sd_configs' });
    }
  });
export type PrometheusScrapeConfig = z.infer<typeof PrometheusScrapeConfig>;

/** Prometheus' default: 10 s, or the interval when that is shorter. */
export function scrapeTimeoutMs(config: Pick<PrometheusScrapeConfig, 'scrape_timeout' | 'scrape_interval'>): number {
  return config.scrape_timeout ?? Math.min(10_000, config.scrape_interval);
}

export function maxLagMs(config: { readonly max_lag?: number | undefined }, intervalMs: number): number {
  return config.max_lag ?? Math.max(3 * intervalMs, MINUTE_MS);
}
