import type { Server } from 'node:http';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Relabeler } from '@tila/collectors/relabel/relabel.ts';
import { type Auth, createAuth } from '../auth/auth.ts';
import type { DashboardLibrary } from '../dashboards/dashboard-library.ts';
import { FeedGateway } from '../feed/feed-gateway.ts';
import type { DemoControl, HttpDeps } from '../http/deps.ts';
import { createHttpApp } from '../http/http-app.ts';
import { OverviewBoard } from '../overview/overview-board.ts';
import { Sparklines } from '../overview/sparklines.ts';
import { toRuleGroupView } from '../rules/rule-group-view.ts';
import { deliveryView } from './adapters/delivery-view.ts';
import { runbookFolders } from './adapters/runbooks.ts';
import { serviceInventory } from './adapters/service-inventory.ts';
import { silenceApi } from './adapters/silence-api.ts';
import type { Alerting } from './alerting.ts';
import type { AppContext } from './app-context.ts';
import type { MetricStore } from './metric-store.ts';
import type { MetricsPipeline } from './metrics-pipeline.ts';

/** Runbooks of the rules about Tila itself. */
const OWN_RUNBOOKS = fileURLToPath(new URL('../../../alert-rules/runbooks', import.meta.url));

/** What the edges are made of. */
export interface ServingParts {
  readonly metrics: MetricsPipeline;
  readonly alerting: Alerting;
  readonly dashboards: DashboardLibrary;
  readonly server: Server;
  readonly demo: DemoControl | null;
  readonly version: string;
  readonly webRoot: string | null;
  /** Epoch milliseconds. */
  readonly startedAt: number;
  reload(): Promise<readonly string[]>;
}

/** Puts HTTP and the live feed on a server that already listens. Resolves with the sign-in desk for the first login link. */
export async function openEdges(context: AppContext, parts: ServingParts): Promise<Auth> {
  const { clock, logging, stack, state } = context;
  const auth = createAuth({ state, clock });
  const board = await openOverview(context, parts);
  const app = createHttpApp(httpDeps(context, parts, { auth, board }));
  parts.server.removeAllListeners('request');
  parts.server.on('request', app);
  stack.use(
    new FeedGateway({
      server: parts.server,
      clock,
      log: logging.for('feed'),
      authenticator: auth.authenticator,
      sessions: auth.sessions,
      tokens: auth.tokens,
      externalOrigin: originOf(context),
      metrics: {
        clients: (count) => context.metrics.feedClients.set(count),
        messagesSent: (count) => context.metrics.feedMessages.inc(count),
        resynced: (count) => context.metrics.feedDropped.inc(count),
      },
      overview: board,
      alerts: parts.alerting.alerts,
      alertStatus: parts.alerting.standings,
      incidents: parts.alerting.incidents,
      sources: {
        list: () => parts.metrics.registry.views(),
        subscribe: (listener) => parts.metrics.registry.subscribeViews(listener),
      },
      panels: parts.metrics.standing,
    }),
  );
  return auth;
}

/** The origin people are told to use; null when none is configured, so that any address of the machine works. */
function originOf({ config }: AppContext): string | null {
  const url = config.file.server.external_url;
  return url === undefined ? null : new URL(url).origin;
}

async function openOverview(context: AppContext, { metrics, alerting }: ServingParts): Promise<OverviewBoard> {
  const { clock, config, logging, stack } = context;
  const sparklines = stack.use(new Sparklines({ panels: metrics.standing, log: logging.for('overview') }));
  const board = stack.use(
    new OverviewBoard({
      clock,
      alerts: alerting.alerts,
      status: alerting.standings,
      inventory: serviceInventory(metrics.inventory, metrics.registry),
      sparklines,
      environmentOrder: config.file.inventory.environments,
    }),
  );
  metrics.inventory.subscribe(() => board.refreshSoon());
  metrics.registry.subscribeGaps(() => board.refreshSoon());
  // Tiles are right without their lines; the lines come when history has been read.
  sparklines
    .start(() => board.refreshSoon())
    .catch((err: unknown) => logging.for('overview').error({ err }, 'sparklines could not start'));
  return board;
}

function httpDeps(context: AppContext, parts: ServingParts, { auth, board }: { auth: Auth; board: OverviewBoard }): HttpDeps {
  const { alerting, metrics } = parts;
  const { clock, config, logging } = context;
  const { incidents, notifications } = alerting;
  const mapping = new Relabeler(config.file.inventory.mapping);
  return {
    clock,
    log: logging.for('http'),
    version: parts.version,
    externalUrl: config.file.server.external_url ?? null,
    trustedProxies: config.file.server.trusted_proxies,
    webRoot: parts.webRoot,
    auth,
    overview: board,
    alerts: alerting.alerts,
    alertStatus: alerting.standings,
    alertHistory: { historyOf: (fingerprint, limit) => alertHistory(context, alerting, { fingerprint, limit }) },
    rules: { groups: () => alerting.rules.groups().map(toRuleGroupView) },
    silences: silenceApi(notifications.silences, () => announceStandings(alerting)),
    incidents,
    deliveries: { list: (filter) => deliveriesOf(alerting, filter) },
    sources: { list: () => metrics.registry.views() },
    dashboards: parts.dashboards,
    query: metrics.queries,
    series: metrics.store,
    cardinality: cardinalityOf(metrics.opened),
    ingest: metrics.ingest,
    nameSeries: (labels) => {
      const mapped = mapping.apply(labels);
      return mapped === null ? null : metrics.ingest.labelsOf(mapped);
    },
    runbooks: runbookFolders(
      config.file.runbooks === undefined ? [OWN_RUNBOOKS] : [resolve(config.baseDirectory, config.file.runbooks), OWN_RUNBOOKS],
    ),
    demo: parts.demo,
    running: { startedAt: parts.startedAt, retentionMs: config.file.storage.retention },
    reload: parts.reload,
    metrics: context.metrics.registry,
    readiness: { checks: () => ({ started: true, store: metrics.ingest.isStoring }) },
    observe: ({ method, route, status, seconds }) =>
      context.metrics.httpSeconds.observe({ method, route, status: String(status) }, seconds),
  };
}

async function alertHistory(
  { clock }: AppContext,
  { alerts }: Alerting,
  query: { readonly fingerprint: string; readonly limit: number },
) {
  const changes = await alerts.history({ ...query, fromMs: 0, toMs: clock.now() + 60_000 });
  return changes
    .map(({ at, from, to, alert }) => ({ at, from, to, value: Number.isFinite(alert.value) ? alert.value : null }))
    .reverse();
}

/** Newest first; of one incident, those that told of one of its alerts since it opened. */
async function deliveriesOf(
  { incidents, notifications }: Alerting,
  { incident, limit }: { readonly incident?: string; readonly limit: number },
) {
  if (incident === undefined) {
    return (await notifications.deliveries.list({ limit })).map(deliveryView);
  }
  const found = (await incidents.detail(incident))?.incident;
  const filters = (found?.alerts ?? []).map(({ fingerprint }) => ({ fingerprint, since: found?.openedAt ?? 0, limit }));
  const lists = await Promise.all(filters.map((filter) => notifications.deliveries.list(filter)));
  const unique = new Map(lists.flat().map((delivery) => [delivery.id, delivery]));
  return [...unique.values()]
    .sort((a, b) => b.seq - a.seq)
    .slice(0, limit)
    .map(deliveryView);
}

/** A silence may concern any alert. */
function announceStandings({ alerts, standings }: Alerting): void {
  for (const { fingerprint } of alerts.current()) {
    standings.changed(fingerprint);
  }
}

function cardinalityOf(opened: MetricStore): HttpDeps['cardinality'] {
  return opened.kind === 'embedded' ? (limit, signal) => opened.store.cardinality(limit, signal) : null;
}
