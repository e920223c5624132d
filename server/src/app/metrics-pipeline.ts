import { Ingest } from '../ingest/ingest.ts';
import { SourceRegistry } from '../ingest/source-registry.ts';
import { Inventory } from '../inventory/inventory.ts';
import type { QueryLimits } from '../promql/engine.ts';
import { InThreadQueries } from '../query-workers/in-thread-queries.ts';
import type { QueryRunner } from '../query-workers/query-runner.ts';
import { QueryWorkers, type QueryWorkersStats } from '../query-workers/query-workers.ts';
import type { QueryEngine } from '../query-workers/remote-engine.ts';
import { PromqlRuleEvaluator } from '../rules/promql-rule-evaluator.ts';
import type { RuleEvaluator } from '../rules/rule-evaluator.ts';
import { StandingRuleEvaluator } from '../rules/standing-rule-evaluator.ts';
import { StandingPlans } from '../standing-queries/plan/standing-plans.ts';
import { StandingQueries } from '../standing-queries/standing-queries.ts';
import type { Tsdb } from '../storage/tsdb/tsdb.ts';
import type { AppContext } from './app-context.ts';
import { ingestLimits } from './ingest-limits.ts';
import { type AnyStore, type MetricStore, openEngine, openStore } from './metric-store.ts';
import { SELF_SOURCE } from './self-source.ts';

/** From samples to answers: everything left of rules. */
export interface MetricsPipeline {
  readonly opened: MetricStore;
  readonly store: AnyStore;
  readonly registry: SourceRegistry;
  readonly ingest: Ingest;
  readonly inventory: Inventory;
  readonly engine: QueryEngine;
  /** Ad-hoc queries. */
  readonly queries: QueryRunner;
  /** Of the threads that run them; `null` without threads. */
  readonly queryStats: () => QueryWorkersStats | null;
  /** Over the embedded store. */
  readonly plans: StandingPlans | null;
  readonly ruleEvaluator: RuleEvaluator;
  readonly standing: StandingQueries;
}

const MAINTENANCE_MS = 60_000;

/** Opens the store and puts ingest before it and the evaluator behind it. @throws DataFolderInUseError */
export async function openMetrics(context: AppContext): Promise<MetricsPipeline> {
  const { clock, config, logging, stack } = context;
  const { file } = config;
  const opened = await openStore(context);
  const store: AnyStore = opened.store;
  const registry = stack.use(new SourceRegistry({ clock }));
  const ingest = new Ingest({
    writer: store,
    sources: registry,
    clock,
    logger: logging.for('ingest'),
    random: Math.random,
    limits: ingestLimits(file),
  });
  const inventory = new Inventory({ clock, environments: file.inventory.environments });
  await restoreInventory(context, { inventory, opened });
  ingest.subscribe((commit) => inventory.observe(commit));
  restoreWatermarks(context, { store, registry });
  const engine = openEngine(context, store);
  const evaluation = openEvaluation(context, opened, engine);
  const { plans, queries } = evaluation;
  const standing = stack.use(
    new StandingQueries({
      engine,
      ...(plans !== null && { plans }),
      queries,
      clock,
      logger: logging.for('standing-queries'),
      reader: store,
      sources: registry,
    }),
  );
  reviseAfterBackfill(registry, standing);
  return { opened, store, registry, ingest, inventory, engine, standing, ...evaluation };
}

/** What evaluates: over the embedded store its hot window and threads of their own, over a remote one the engine alone. */
function openEvaluation(
  context: AppContext,
  opened: MetricStore,
  engine: QueryEngine,
): Pick<MetricsPipeline, 'queries' | 'queryStats' | 'plans' | 'ruleEvaluator'> {
  const { clock, stack } = context;
  if (opened.kind === 'remote') {
    const ruleEvaluator = new PromqlRuleEvaluator({ engine, reader: opened.store });
    const queries = new InThreadQueries(engine, queryLimits(context));
    return { queries, queryStats: () => null, plans: null, ruleEvaluator };
  }
  const { store } = opened;
  const queries = openQueries(context, store);
  const plans = stack.use(new StandingPlans({ hot: store, reader: store, engine, now: () => performance.now() }));
  repeat(context, MAINTENANCE_MS, () => store.maintain());
  const ruleEvaluator = new StandingRuleEvaluator({ engine, plans, clock });
  return { queries, queryStats: () => queries.stats, plans, ruleEvaluator };
}

/** A remote store may be away, or slow: the inventory then fills as samples come. */
async function restoreInventory(
  { logging }: AppContext,
  { inventory, opened }: { readonly inventory: Inventory; readonly opened: MetricStore },
): Promise<void> {
  const restored = inventory.restore(opened.store);
  if (opened.kind === 'embedded') {
    await restored;
    return;
  }
  restored.catch((err: unknown) => logging.for('inventory').warn({ err }, 'the remote store did not tell what there is'));
}

function queryLimits({ config }: AppContext): Omit<QueryLimits, 'maxSteps'> {
  const { timeout, max_samples: maxSamples, max_series: maxSeries, max_answer: maxAnswerBytes } = config.file.queries;
  return { timeoutMs: timeout, maxSamples, maxSeries, maxAnswerBytes };
}

function openQueries(context: AppContext, source: Tsdb): QueryWorkers {
  const { clock, config, logging, stack } = context;
  const { workers, helpers, queue } = config.file.queries;
  const queries = stack.use(
    new QueryWorkers({
      source,
      clock,
      logger: logging.for('queries'),
      queue,
      limits: queryLimits(context),
      ...(workers !== undefined && { workers }),
      ...(helpers !== undefined && { helpers }),
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
function restoreWatermarks({ config }: AppContext, { store, registry }: Pick<MetricsPipeline, 'store' | 'registry'>): void {
  const configured = new Set([SELF_SOURCE, ...config.file.sources.map(({ name }) => name)]);
  registry.restore([...store.watermarks()].filter(([source]) => configured.has(source)));
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
