import type { AlertHistoryEntry } from '@tila/contract/alerts.ts';
import type { DashboardView } from '@tila/contract/dashboards.ts';
import type { DeliveryView } from '@tila/contract/deliveries.ts';
import type { ScenarioView } from '@tila/contract/demo.ts';
import type { IncidentDetail, IncidentView, PostableNote, TimelineEntry } from '@tila/contract/incidents.ts';
import type { InventoryView } from '@tila/contract/inventory.ts';
import type { LabelSet } from '@tila/contract/labels.ts';
import type { Tile } from '@tila/contract/overview.ts';
import type { RuleGroupView } from '@tila/contract/rules.ts';
import type { WriteReceipt } from '@tila/contract/samples.ts';
import type { PostableSilence, SilenceView } from '@tila/contract/silences.ts';
import type { SourceReport, SourceView } from '@tila/contract/sources.ts';
import type { AlertFeed } from '../alerts/alert.ts';
import type { Auth } from '../auth/auth.ts';
import type { IngestBatch } from '../ingest/batch-check.ts';
import type { Labels } from '../model/labels.ts';
import type { SeriesReader } from '../model/series-store.ts';
import type { AlertStatus } from '../overview/alert-status.ts';
import type { QueryRunner } from '../query-workers/query-runner.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Logger } from '../runtime/logger.ts';
import type { Cardinality } from '../storage/tsdb/cardinality.ts';

export type MaybePromise<T> = T | Promise<T>;

export interface SilenceApi {
  list(): MaybePromise<readonly SilenceView[]>;
  /** Creates, or replaces when `id` is given. Errors named `Silence…NotFoundError` become 404, `Invalid…Error` 400. */
  save(silence: PostableSilence, createdBy: string): MaybePromise<SilenceView>;
  expire(id: string): MaybePromise<void>;
}

export interface IncidentApi {
  /** Newest first. */
  list(): MaybePromise<readonly IncidentView[]>;
  /** `undefined` when there is no such incident; so below. */
  detail(id: string): MaybePromise<IncidentDetail | undefined>;
  addNote(id: string, note: PostableNote, author: string): MaybePromise<TimelineEntry | undefined>;
  acknowledge(id: string, by: string): MaybePromise<IncidentView | undefined>;
  exportMarkdown(id: string): MaybePromise<string | undefined>;
}

/** Triggers scenarios of the demo estate. */
export interface DemoControl {
  readonly inboxUrl: string;
  scenarios(): MaybePromise<readonly ScenarioView[]>;
  /** `undefined` when there is no such scenario. */
  trigger(name: string): MaybePromise<ScenarioView | undefined>;
}

/** Ingest, for collectors that run apart. */
export interface IngestApi {
  /** Resolves once the batch is durable. */
  write(batch: IngestBatch, signal: AbortSignal): Promise<WriteReceipt>;
  watermark(source: string): Promise<number | null>;
  report(report: SourceReport): void;
}

export interface DashboardTarget {
  readonly environment?: string;
  readonly cluster?: string;
  readonly service?: string;
}

export interface DashboardApi {
  /** Dashboards for a page, `when` evaluated and variables replaced for the target. */
  forTarget(page: DashboardView['dashboard']['for'] | undefined, target: DashboardTarget): Promise<readonly DashboardView[]>;
}

export interface ReadinessApi {
  /** Named checks; ready when all are true. */
  checks(): MaybePromise<Readonly<Record<string, boolean>>>;
}

export interface ObservedRequest {
  readonly method: string;
  /** The route's pattern, never the address itself. */
  readonly route: string;
  readonly status: number;
  readonly seconds: number;
}

/** Everything the HTTP side asks of the rest of the program. Each part is as narrow as its routes. */
export interface HttpDeps {
  readonly clock: Clock;
  readonly log: Logger;
  readonly version: string;
  /** What people type into their browser, as configured; `null` when it is not. https there makes the cookie Secure. */
  readonly externalUrl: string | null;
  /** How many proxies in front set X-Forwarded-For; 0 trusts none. */
  readonly trustedProxies: number;
  /** Folder of the built page, `null` to serve none. */
  readonly webRoot: string | null;
  readonly auth: Auth;
  readonly overview: { tiles(): readonly Tile[]; inventory(): InventoryView };
  readonly alerts: Pick<AlertFeed, 'current'>;
  readonly alertStatus: Pick<AlertStatus, 'statusOf'>;
  readonly alertHistory: { historyOf(fingerprint: string, limit: number): MaybePromise<readonly AlertHistoryEntry[]> };
  readonly rules: { groups(): readonly RuleGroupView[] };
  readonly silences: SilenceApi;
  readonly incidents: IncidentApi;
  readonly deliveries: {
    list(filter: { readonly incident?: string; readonly limit: number }): MaybePromise<readonly DeliveryView[]>;
  };
  readonly sources: { list(): readonly SourceView[] };
  readonly dashboards: DashboardApi;
  readonly query: Pick<QueryRunner, 'instantJson' | 'rangeJson'>;
  readonly series: Pick<SeriesReader, 'series' | 'labelNames' | 'labelValues' | 'metadata'>;
  /** Where the series in memory come from, at most `limit` entries a list; `null` when another engine has them. */
  readonly cardinality: ((limit: number, signal: AbortSignal) => Promise<Cardinality>) | null;
  readonly ingest: IngestApi;
  /** What a series that comes by remote write is stored under, by the inventory's mapping. A text says why it cannot be, `null` drops it. */
  nameSeries(labels: LabelSet): Labels | string | null;
  /** Runbooks by name, Markdown; `undefined` when there is none. */
  readonly runbooks: { read(name: string): Promise<string | undefined> };
  readonly demo: DemoControl | null;
  /** Since when this process runs, and how long samples are kept. */
  readonly running: { readonly startedAt: number; readonly retentionMs: number };
  /** Reads the configuration files again; resolves with the problems that stopped it, none when it worked. */
  reload(): Promise<readonly string[]>;
  readonly metrics: { readonly contentType: string; metrics(): Promise<string> };
  readonly readiness: ReadinessApi;
  observe(request: ObservedRequest): void;
}
