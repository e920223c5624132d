import { SourceConfig } from '@tila/collectors/collectors.ts';
import { Duration } from '@tila/collectors/config/duration.ts';
import { RelabelConfig } from '@tila/collectors/relabel/relabel-config.ts';
import { z } from 'zod';
import { RemoteStorageSection } from './remote-storage-section.ts';

const Listen = z.string().transform((text, context) => {
  const match = /^(.+):(\d{1,5})$/.exec(text);
  const port = Number(match?.[2]);
  if (match?.[1] === undefined || port > 65_535) {
    context.addIssue({ code: 'custom', message: `"${text}" is not host:port; write for example 127.0.0.1:8080` });
    return z.NEVER;
  }
  return { host: match[1].replace(/^\[|\]$/g, ''), port };
});

const ServerSection = z.strictObject({
  listen: Listen.prefault('127.0.0.1:8080'),
  /** What people type in their browser; used in every link that leaves Tila. */
  external_url: z.url({ protocol: /^https?$/ }).optional(),
  /** How many proxies in front set X-Forwarded-For. */
  trusted_proxies: z.number().int().min(0).max(10).default(0),
  /** Everything Tila keeps is below this folder. */
  data_dir: z.string().min(1).default('data'),
});

const BYTES: Readonly<Record<string, number>> = { B: 1, KB: 2 ** 10, MB: 2 ** 20, GB: 2 ** 30, TB: 2 ** 40 };

/** A size as Prometheus writes it, in powers of 1024: `512MB`, `20GB`. */
const Size = z.string().transform((text, context) => {
  const match = /^(\d+(?:\.\d+)?)(B|KB|MB|GB|TB)$/.exec(text);
  const bytes = Number(match?.[1]) * (BYTES[match?.[2] ?? ''] ?? Number.NaN);
  if (!(bytes > 0)) {
    context.addIssue({ code: 'custom', message: `"${text}" is not a size; write for example 512MB or 20GB` });
    return z.NEVER;
  }
  return bytes;
});

const StorageSection = z.strictObject({
  /** How long samples are kept. */
  retention: Duration.prefault('15d'),
  /** The oldest samples and rollups go when the metrics database holds more than this. Absent: no bound. */
  retention_size: Size.optional(),
  /** How long points of 5 minutes are kept, which answer for older samples; none are made when not longer than `retention`. */
  retention_5m: Duration.prefault('90d'),
  /** The same for points of an hour; none are made when not longer than `retention_5m`. */
  retention_1h: Duration.prefault('2y'),
  out_of_order_window: Duration.prefault('30m'),
  /** Another engine keeps the samples; what is said above of retention is then its own affair. */
  remote: RemoteStorageSection.optional(),
});

const LimitsSection = z.strictObject({
  max_series_per_source: z.number().int().positive().default(200_000),
  max_labels_per_series: z.number().int().positive().default(64),
});

/** Ad-hoc queries: those of the HTTP API and the first evaluation of a panel. */
const QueriesSection = z.strictObject({
  /** Threads for them, each with a query of its own. One less than there are cores, but 1 to 4, when not said. */
  workers: z.number().int().min(1).max(64).optional(),
  /** Further threads, which only take shares of large queries. As many as there are cores left, but no more than 3, when not said. */
  helpers: z.number().int().min(0).max(16).optional(),
  /** How many may wait for a thread; more are answered 503. */
  queue: z.number().int().min(0).default(64),
  timeout: Duration.prefault('2m'),
  max_samples: z.number().int().positive().default(50_000_000),
  max_series: z.number().int().positive().default(500_000),
  /** How large one answer may be, and the texts of the label sets that a query makes. */
  max_answer: Size.prefault('256MB'),
});

const InventorySection = z.strictObject({
  /** Order of the columns on the overview. Environments that only show up in data come after these. */
  environments: z.array(z.string().min(1)).default([]),
  /** Applied last to the labels of every series; sets environment, cluster and service. */
  mapping: z.array(RelabelConfig).default([]),
});

const LoggingSection = z.strictObject({
  level: z.enum(['debug', 'info', 'warn', 'error', 'silent']).default('info'),
  graylog: z
    .strictObject({
      host: z.string().min(1),
      port: z.number().int().min(1).max(65_535).default(12_201),
      facility: z.string().default('tila'),
    })
    .optional(),
});

/** Where a collector that runs apart pushes to. */
const CollectorSection = z.strictObject({
  server_url: z.url({ protocol: /^https?$/ }),
  token_file: z.string().min(1),
});

/** tila.yaml. Every key has a default, so an empty file is a console without sources. */
export const ConfigFile = z
  .strictObject({
    server: ServerSection.prefault({}),
    storage: StorageSection.prefault({}),
    limits: LimitsSection.prefault({}),
    queries: QueriesSection.prefault({}),
    sources: z.array(SourceConfig).default([]),
    inventory: InventorySection.prefault({}),
    /** Globs of Prometheus rule files. */
    rules: z.array(z.string().min(1)).default([]),
    /** An Alertmanager configuration; without it alerts are shown but nobody is told. */
    routing: z.string().min(1).optional(),
    /** Folder of NAME.md files that `runbook_url: …/runbooks/NAME` leads to. */
    runbooks: z.string().min(1).optional(),
    /** Globs of dashboard files. */
    dashboards: z.array(z.string().min(1)).default([]),
    logging: LoggingSection.prefault({}),
    collector: CollectorSection.optional(),
  })
  .superRefine((file, context) => {
    const seen = new Set<string>();
    for (const [index, source] of file.sources.entries()) {
      if (seen.has(source.name)) {
        context.addIssue({
          code: 'custom',
          path: ['sources', index, 'name'],
          message: `"${source.name}" is used twice; every source needs a name of its own`,
        });
      }
      seen.add(source.name);
    }
  });
export type ConfigFile = z.infer<typeof ConfigFile>;
