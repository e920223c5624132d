import type { SourceClocks } from '../ingest/sources.ts';
import type { SeriesReader } from '../model/series-store.ts';
import type { EvaluationRange, PreparedQuery, PromqlEngine, QueryResult } from '../promql/engine.ts';
import { QueryQueueFullError, type QueryRunner } from '../query-workers/query-runner.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Logger } from '../runtime/logger.ts';
import type { EvaluationLanes } from './evaluation-lanes.ts';
import type { PanelResult, PanelSeries, PanelUpdate } from './panel-result.ts';
import { PanelSteps } from './panel-series.ts';
import { PixelColumns } from './pixel-columns.ts';
import { evaluateSteps } from './plan/evaluate-steps.ts';
import type { StandingPlans } from './plan/standing-plans.ts';

export interface PanelDeps {
  readonly engine: Pick<PromqlEngine, 'evaluate'>;
  readonly clock: Clock;
  readonly logger: Pick<Logger, 'warn'>;
  /** Tells which sources a panel reads and how far they are. Without both, each step is evaluated as soon as it has passed. */
  readonly reader?: Pick<SeriesReader, 'sources'>;
  readonly sources?: Pick<SourceClocks, 'get' | 'subscribe'>;
  readonly lanes: EvaluationLanes;
  /** Evaluates new steps; without it the engine does. */
  readonly plans?: Pick<StandingPlans, 'evaluate' | 'sourcesOf'>;
  /** Evaluates many steps at once, away from here, in lanes of their own; without it the engine does. */
  readonly queries?: Pick<QueryRunner, 'range'>;
  readonly rangeLanes: EvaluationLanes;
}

export interface PanelQuery {
  readonly query: PreparedQuery;
  readonly rangeMs: number;
  /** Between evaluations. */
  readonly stepMs: number;
  /** The width it is drawn in: the result is then the points that picture needs. Absent gives every step. */
  readonly pixels?: number;
}

export type PanelListener = (update: PanelUpdate) => void;

/** Plans read what is in memory: that is what is new, and what was new when a slower source had not come yet. */
const MOST_PLANNED_STEPS = 5;

/** How many finished steps are evaluated again with each new one, for samples that came late. */
const REVISED_STEPS = 2;

/** While too many queries wait, a panel asks again this often. */
const QUEUE_TRIES = 10;
const QUEUE_RETRY_MS = 1000;

/**
 * One panel's standing evaluation, shared by everyone who watches it. A step is evaluated once every source the expression
 * reads has passed it, or one step later at the latest, and again when a slower source has caught up; only changes are told.
 */
export class Panel {
  readonly #deps: PanelDeps;
  readonly #panel: PanelQuery;
  readonly #result: PanelResult;
  readonly #listeners = new Set<PanelListener>();
  readonly #abort = new AbortController();
  #ready: Promise<void> | undefined;
  #lastStepMs = 0;
  #cancelTimer: () => void = () => undefined;
  #unsubscribe: () => void = () => undefined;
  #isEvaluating = false;
  #wokeMeanwhile = false;
  /** Steps after this were evaluated before their sources were complete, and are evaluated again. */
  #completeMs = Number.POSITIVE_INFINITY;

  constructor(deps: PanelDeps, panel: PanelQuery) {
    this.#deps = deps;
    this.#panel = panel;
    const { rangeMs, stepMs, pixels } = panel;
    this.#result = pixels === undefined ? new PanelSteps(panel) : new PixelColumns({ rangeMs, stepMs, pixels });
  }

  /** Adds a listener and resolves with the result as it is now. @throws promql's errors when it cannot be evaluated. */
  async watch(listener: PanelListener): Promise<Record<string, PanelSeries>> {
    this.#listeners.add(listener);
    this.#ready ??= this.#start();
    await this.#ready;
    return this.#result.snapshot();
  }

  /** Takes a listener away; true when none is left. */
  leave(listener: PanelListener): boolean {
    this.#listeners.delete(listener);
    return this.#listeners.size === 0;
  }

  /** Evaluates the whole range again now: samples of the past have come in. */
  revise(): void {
    this.#completeMs = Number.NEGATIVE_INFINITY;
    this.#lastStepMs -= this.#panel.stepMs;
    void this.#tick();
  }

  stop(): void {
    this.#abort.abort();
    this.#cancelTimer();
    this.#unsubscribe();
  }

  async #start(): Promise<void> {
    const endMs = this.#newestStep();
    this.#completeMs = Math.min(await this.#completeUntil(), endMs);
    await this.#evaluate(this.#result.windowStart(endMs), endMs);
    if (!this.#abort.signal.aborted) {
      this.#unsubscribe = this.#deps.sources?.subscribe(() => void this.#tick()) ?? this.#unsubscribe;
      this.#schedule();
    }
  }

  #newestStep(): number {
    const { stepMs } = this.#panel;
    return Math.floor(this.#deps.clock.now() / stepMs) * stepMs;
  }

  #schedule(): void {
    this.#cancelTimer();
    const { stepMs } = this.#panel;
    const now = this.#deps.clock.now();
    const dueMs = this.#lastStepMs + stepMs;
    // Before the step is over nothing can be due; after it, only sources or the end of the grace matter.
    const wakeMs = now < dueMs ? dueMs : Math.max(dueMs + stepMs, now + 1);
    this.#cancelTimer = this.#deps.clock.after(wakeMs - now, () => void this.#tick());
  }

  async #tick(): Promise<void> {
    const { stepMs } = this.#panel;
    const newest = this.#newestStep();
    this.#wokeMeanwhile = this.#isEvaluating;
    if (this.#isEvaluating || this.#abort.signal.aborted || newest <= this.#lastStepMs) {
      return;
    }
    this.#isEvaluating = true;
    try {
      const completeMs = await this.#completeUntil();
      const dueMs = completeMs >= newest ? newest : Math.max(newest - stepMs, this.#lastStepMs);
      if (dueMs > this.#lastStepMs && !this.#abort.signal.aborted) {
        const fromMs = Math.min(this.#lastStepMs - (REVISED_STEPS - 1) * stepMs, this.#nextStepAfter(this.#completeMs));
        await this.#evaluate(fromMs, dueMs);
        this.#completeMs = Math.min(completeMs, dueMs);
      }
    } catch (err) {
      if (!this.#abort.signal.aborted) {
        this.#deps.logger.warn({ err, expr: this.#panel.query.text }, 'panel evaluation failed');
        this.#lastStepMs = newest;
      }
    } finally {
      this.#isEvaluating = false;
    }
    if (this.#wokeMeanwhile) {
      void this.#tick();
    } else if (!this.#abort.signal.aborted) {
      this.#schedule();
    }
  }

  #nextStepAfter(timeMs: number): number {
    const { stepMs } = this.#panel;
    return (Math.floor(timeMs / stepMs) + 1) * stepMs;
  }

  /** The time up to which every source the panel reads has said all it will ever say; infinite when nothing is known. */
  async #completeUntil(): Promise<number> {
    const { sources } = this.#deps;
    if (sources === undefined) {
      return Number.POSITIVE_INFINITY;
    }
    const names = await this.#sourceNames();
    const watermarks = [...names].flatMap((name) => {
      const clock = sources.get(name);
      // A source that has gone quiet or never spoke must not hold back the ones that speak.
      return clock === undefined || clock.isStale || clock.watermarkMs === null ? [] : [clock.watermarkMs];
    });
    return Math.min(Number.POSITIVE_INFINITY, ...watermarks);
  }

  async #sourceNames(): Promise<ReadonlySet<string>> {
    const { clock, plans, reader } = this.#deps;
    const { query } = this.#panel;
    if (plans !== undefined) {
      return plans.sourcesOf(query, clock.now());
    }
    const read = await Promise.all(query.selectors.map(async (matchers) => (await reader?.sources(matchers)) ?? []));
    return new Set(read.flatMap((some) => [...some]));
  }

  async #evaluate(fromMs: number, endMs: number): Promise<void> {
    const windowStartMs = this.#result.windowStart(endMs);
    const part: EvaluationRange = { startMs: Math.max(fromMs, windowStartMs), endMs, stepMs: this.#panel.stepMs };
    const { signal } = this.#abort;
    const result = await this.#evaluatePart(part, signal);
    if (signal.aborted) {
      return;
    }
    this.#lastStepMs = endMs;
    const update = this.#result.merge(result, part, windowStartMs);
    if (update !== null) {
      for (const listener of [...this.#listeners]) {
        listener(update);
      }
    }
  }

  /** A few steps at the end are what plans are for; the whole range is read at once, and elsewhere. */
  #evaluatePart(part: EvaluationRange, signal: AbortSignal): Promise<QueryResult> {
    const { engine, lanes, plans, queries, rangeLanes } = this.#deps;
    const { query } = this.#panel;
    const isShort = (part.endMs - part.startMs) / part.stepMs < MOST_PLANNED_STEPS;
    if (isShort && plans !== undefined) {
      return lanes.run(() => evaluateSteps((atMs) => plans.evaluate(query, atMs, signal), part));
    }
    return isShort || queries === undefined
      ? lanes.run(() => engine.evaluate(query, part, { signal }))
      : rangeLanes.run(() => this.#askRange(queries, part, signal));
  }

  async #askRange(queries: Pick<QueryRunner, 'range'>, part: EvaluationRange, signal: AbortSignal): Promise<QueryResult> {
    for (let tries = 1; ; tries += 1) {
      try {
        return await queries.range(this.#panel.query.text, part, { signal });
      } catch (error) {
        if (!(error instanceof QueryQueueFullError) || tries === QUEUE_TRIES) {
          throw error;
        }
        await new Promise<void>((resolve) => this.#deps.clock.after(QUEUE_RETRY_MS, resolve));
      }
    }
  }
}
