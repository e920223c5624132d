import type { QueryWorkersStats } from '../query-workers/query-workers.ts';
import type { StandingPlanCounters } from '../standing-queries/plan/standing-plans.ts';
import type { Alerting } from './alerting.ts';
import type { AppContext } from './app-context.ts';
import type { MetricStore } from './metric-store.ts';
import type { MetricsPipeline } from './metrics-pipeline.ts';
import { SelfSource } from './self-source.ts';

const INTERVAL_MS = 15_000;

/** Keeps Tila's own figures, on /metrics and in the store. Gauges are read when somebody looks. */
export async function startObservingSelf(
  context: AppContext,
  parts: { readonly metrics: MetricsPipeline; readonly alerting: Alerting },
): Promise<void> {
  const { clock, logging, stack } = context;
  context.metrics.collectRuntime();
  const refresh = (): void => refreshGauges(context, parts);
  context.metrics.onCollect(refresh);
  parts.metrics.ingest.subscribe(({ source, rows }) => context.metrics.ingestSamples.inc({ source }, rows.labels.length));
  parts.alerting.notifications.deliveries.subscribe(({ delivery, attempt }) => {
    if (attempt !== null) {
      const { receiver, integration } = delivery;
      context.metrics.deliveries.inc({ receiver, integration, outcome: attempt.outcome });
      context.metrics.outsideCalls.inc({ target: integration, outcome: attempt.outcome });
    }
  });
  const self = stack.use(
    new SelfSource({
      registry: context.metrics.registry,
      ingest: parts.metrics.ingest,
      clock,
      logger: logging.for('self'),
      intervalMs: INTERVAL_MS,
      identity: {
        job: 'tila',
        instance: new URL(context.externalUrl).host,
        environment: 'management',
        cluster: 'tila',
        service: 'tila',
      },
    }),
  );
  parts.metrics.registry.subscribeGaps(() => self.writeSoon());
  self.start();
}

function refreshGauges(
  { clock, metrics }: AppContext,
  { metrics: pipeline, alerting }: { readonly metrics: MetricsPipeline; readonly alerting: Alerting },
): void {
  const now = clock.now();
  metrics.forgetLabels();
  for (const { source, watermarkMs, isStale } of pipeline.registry.all()) {
    metrics.sourceLag.set({ source }, watermarkMs === null ? Number.NaN : Math.max(now - watermarkMs, 0) / 1000);
    metrics.sourceStale.set({ source }, isStale ? 1 : 0);
  }
  refreshStore(metrics, pipeline.opened);
  const { accepted, duplicate, tooOld, invalid } = pipeline.ingest.counters;
  for (const [outcome, count] of Object.entries({ accepted, duplicate, 'too old': tooOld, invalid })) {
    metrics.ingestRows.set({ outcome }, count);
  }
  for (const state of ['pending', 'firing'] as const) {
    metrics.alerts.set({ state }, alerting.alerts.current().filter((alert) => alert.state === state).length);
  }
  refreshCpu(metrics.ruleCpu, alerting.rules.cpuSeconds);
  for (const group of alerting.rules.groups()) {
    const name = `${group.file} ${group.name}`;
    metrics.ruleLag.set({ group: name }, group.lastSlotAt === null ? Number.NaN : (now - group.lastSlotAt) / 1000);
    metrics.ruleMissedSlots.set({ group: name }, group.missedSlots);
    metrics.ruleLateSlots.set({ group: name }, group.evaluation.lateSlots);
    metrics.ruleEvaluationSeconds.set(
      { group: name },
      group.rules.reduce((total, rule) => total + (rule.evaluationMs ?? 0), 0) / 1000,
    );
  }
  for (const { endpoint, waiting } of alerting.notifications.stats().queues) {
    metrics.queueLength.set({ queue: `delivery ${endpoint}` }, waiting);
  }
  refreshQueries(metrics, pipeline.queryStats());
  refreshPlans(metrics, pipeline.plans?.counters);
  metrics.queueLength.set({ queue: 'ingest writers' }, pipeline.ingest.counters.writersWaiting);
}

/** The counter's value is kept elsewhere. */
function refreshCpu(counter: AppContext['metrics']['ruleCpu'], seconds: number): void {
  counter.reset();
  counter.inc(seconds);
}

function refreshStore(metrics: AppContext['metrics'], opened: MetricStore): void {
  if (opened.kind === 'remote') {
    const { sentSamples, droppedSamples, retries, queuedSamples, queuedBytes } = opened.store.stats();
    metrics.remoteSamples.set({ outcome: 'sent' }, sentSamples);
    metrics.remoteSamples.set({ outcome: 'dropped' }, droppedSamples);
    metrics.remoteRetries.set(retries);
    metrics.queueLength.set({ queue: 'remote write' }, queuedSamples);
    metrics.storeBytes.set({ kind: 'remote queue' }, queuedBytes);
    return;
  }
  const stats = opened.store.stats();
  metrics.storeSeries.set(stats.series);
  metrics.storeBytes.set({ kind: 'blocks' }, stats.blockBytes);
  metrics.storeBytes.set({ kind: 'wal' }, stats.walBytes);
  metrics.storeBytes.set({ kind: 'file' }, stats.fileBytes);
  metrics.storeSamples.set({ kind: 'memory' }, stats.headSamples);
  metrics.storeSamples.set({ kind: 'blocks' }, stats.blockSamples);
  metrics.storeDamaged.set({ kind: 'block' }, stats.damagedBlocks);
  metrics.storeDamaged.set({ kind: 'commit' }, stats.damagedWalRows);
  metrics.storeCommits.set(stats.commits);
  metrics.storeCommitSeconds.set(stats.commitSeconds);
}

function refreshQueries(metrics: AppContext['metrics'], queries: QueryWorkersStats | null): void {
  if (queries === null) {
    return;
  }
  metrics.queries.set({ outcome: 'run' }, queries.queries);
  metrics.queries.set({ outcome: 'cancelled' }, queries.cancelled);
  metrics.queries.set({ outcome: 'rejected' }, queries.rejected);
  metrics.queriesShared.set(queries.shared);
  metrics.queryThreads.set(queries.threads);
  metrics.queriesRunning.set(queries.running);
  metrics.querySeconds.set(queries.seconds);
  metrics.queryWorkersCrashed.set(queries.crashed);
  metrics.queueLength.set({ queue: 'queries' }, queries.waiting);
}

function refreshPlans(metrics: AppContext['metrics'], counters: StandingPlanCounters | undefined): void {
  if (counters === undefined) {
    return;
  }
  const { plan, ownWindow, fallback } = counters.evaluations;
  metrics.standingEvaluations.set({ path: 'plan' }, plan);
  metrics.standingEvaluations.set({ path: 'own window' }, ownWindow);
  metrics.standingEvaluations.set({ path: 'fallback' }, fallback);
  metrics.standingFailures.set(counters.failures);
  metrics.standingSeconds.set(counters.seconds);
  metrics.standingRows.set(counters.rows);
  metrics.standingRebuilds.set(counters.rebuilds);
  metrics.standingPlans.set({ kind: 'plan' }, counters.plans);
  metrics.standingPlans.set({ kind: 'part' }, counters.nodes);
}
