import { Ingest } from '../ingest/ingest.ts';
import { DEFAULT_LABEL_LIMITS } from '../ingest/label-check.ts';
import { SourceRegistry } from '../ingest/source-registry.ts';
import { Inventory } from '../inventory/inventory.ts';
import { PromqlEngine } from '../promql/engine.ts';
import { QueryWorkers } from '../query-workers/query-workers.ts';
import { StandingRuleEvaluator } from '../rules/standing-rule-evaluator.ts';
import { StandingPlans } from '../standing-queries/plan/standing-plans.ts';
import { StandingQueries } from '../standing-queries/standing-queries.ts';
import { openTsdb, type Tsdb } from '../storage/tsdb/tsdb.ts';
import type { AppContext } from './app-context.ts';
import { SELF_SOURCE } from './self-source.ts';

/** From samples to answers: everything left of rules. */
export interface MetricsPipeline {
  readonly tsdb: Tsdb;
  readonly registry: SourceRegistry;
  readonly ingest: Ingest;
  readonly inventory: Inventory;
  readonly engine: PromqlEngine;
  /** Ad-hoc queries, in threads of their own. */
  readonly queries: QueryWorkers;
  readonly plans: StandingPlans;
  readonly ruleEvaluator: StandingRuleEvaluator;
  readonly standing: StandingQueries;
}

const MAINTENANCE_MS = 60_000;

/** Opens the store and puts ingest before it and the evaluator behind it. @throws DataFolderInUseError */
export async function openMetrics(context: AppContext): Promise<MetricsPipeline> {
  const { clock, config, logging, stack } = context;
  const { file } = config;
  const tsdb = stack.use(
    await openTsdb({
      folder: context.folder.metrics,
      clock,
      logger: logging.for('storage'),
      retentionMs: file.storage.retention,
      ...(file.storage.retention_size !== undefined && { retentionBytes: file.storage.retention_size }),
      retention5mMs: file.storage.retention_5m,
      retention1hMs: file.storage.retention_1h,
      outOfOrderWindowMs: file.storage.out_of_order_window,
    }),
  );
  const registry = stack.use(new SourceRegistry({ clock }));
  const ingest = new Ingest({
    writer: tsdb,
    sources: registry,
    clock,
    logger: logging.for('ingest'),
    random: Math.random,
    limits: {
      maxSeriesPerSource: file.limits.max_series_per_source,
      labels: { ...DEFAULT_LABEL_LIMITS, maxLabels: file.limits.max_labels_per_series },
    },
  });
  const inventory = new Inventory({ clock, environments: file.inventory.environments });
  await inventory.restore(tsdb);
  ingest.subscribe((commit) => inventory.observe(commit));
  restoreWatermarks(context, { tsdb, registry });
  const engine = new PromqlEngine({ reader: tsdb, now: () => clock.now() });
  const queries = openQueries(context, tsdb);
  const plans = stack.use(new StandingPlans({ hot: tsdb, reader: tsdb, engine, now: () => performance.now() }));
  const standing = stack.use(
    new StandingQueries({ engine, plans, clock, logger: logging.for('standing-queries'), reader: tsdb, sources: registry }),
  );
  repeat(context, MAINTENANCE_MS, () => tsdb.maintain());
  reviseAfterBackfill(registry, standing);
  return {
    tsdb,
    registry,
    ingest,
    inventory,
    engine,
    queries,
    standing,
    plans,
    ruleEvaluator: new StandingRuleEvaluator({ engine, plans, clock }),
  };
}

function openQueries({ clock, config, logging, stack }: AppContext, source: Tsdb): QueryWorkers {
  const { workers, queue, timeout, max_samples: maxSamples, max_series: maxSeries } = config.file.queries;
  const queries = stack.use(
    new QueryWorkers({
      source,
      clock,
      logger: logging.for('queries'),
      queue,
      limits: { timeoutMs: timeout, maxSamples, maxSeries },
      ...(workers !== undefined && { workers }),
    }),
  );
  queries.warmUp();
  return queries;
}

/** What panels showed of a time that has been filled in since is wrong. */
function reviseAfterBackfill(registry: SourceRegistry, standing: StandingQueries): void {
  const filling = new Set<string>();
  registry.subscribeViews(({ source, backfill }) => {
    if (backfill !== null) {
      filling.add(source);
    } else if (filling.delete(source)) {
      standing.revise();
    }
  });
}

/** Only configured sources are waited for: one that was taken out of the configuration must not hold rules back for ever. */
function restoreWatermarks({ config }: AppContext, { tsdb, registry }: Pick<MetricsPipeline, 'tsdb' | 'registry'>): void {
  const configured = new Set([SELF_SOURCE, ...config.file.sources.map(({ name }) => name)]);
  registry.restore([...tsdb.watermarks()].filter(([source]) => configured.has(source)));
}

/** Runs a job every interval until the stop, which waits for a running one. A failure is logged and the next run tries again. */
export function repeat({ clock, logging, stack }: AppContext, intervalMs: number, job: () => Promise<void>): void {
  let cancel = (): void => undefined;
  let running: Promise<void> = Promise.resolve();
  let isStopped = false;
  const run = async (): Promise<void> => {
    await job().catch((err: unknown) => logging.for('app').error({ err }, 'a repeated job failed'));
    arm();
  };
  const arm = (): void => {
    if (!isStopped) {
      cancel = clock.after(intervalMs, () => {
        running = run();
      });
    }
  };
  arm();
  stack.defer(async () => {
    isStopped = true;
    cancel();
    await running;
  });
}
