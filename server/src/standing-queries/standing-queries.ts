import type { PromqlEngine, QueryResult } from '../promql/engine.ts';
import { EvaluationError } from '../promql/errors.ts';
import { withFixedDurations } from '../promql/fixed-durations.ts';
import { EvaluationLanes } from './evaluation-lanes.ts';
import { Panel, type PanelDeps, type PanelListener, type PanelQuery } from './panel.ts';
import type { PanelSeries } from './panel-result.ts';
import { PreparedQueries } from './prepared-queries.ts';
import { StandingQuery, type StandingQueryHandle } from './standing-query.ts';

export interface StandingQueriesDeps extends Omit<PanelDeps, 'engine' | 'lanes' | 'rangeLanes'> {
  readonly engine: Pick<PromqlEngine, 'prepare' | 'evaluate' | 'instant'>;
  /** How many evaluations run at a time; 2 unless given. */
  readonly concurrency?: number;
}

export interface PanelRequest {
  readonly expr: string;
  /** How far back from now, and the distance between points; points lie on multiples of the step. */
  readonly rangeMs: number;
  readonly stepMs: number;
  /** The width it is drawn in: of each pixel column the first, the lowest, the highest and the last point. */
  readonly pixels?: number;
  /** With `pixels`, how often it is evaluated when that is more often than every step; `step()` means `stepMs` all the same. */
  readonly resolutionMs?: number;
}

export interface WatchedPanel {
  /** The whole result, series by the canonical text of their labels. Changes after it go to the listener. */
  readonly snapshot: Readonly<Record<string, PanelSeries>>;
  readonly unsubscribe: () => void;
}

export interface StandingRequest {
  readonly expr: string;
  readonly intervalMs: number;
  /** Slots are multiples of the interval plus this. */
  readonly offsetMs?: number;
}

const MAX_PANEL_STEPS = 11_000;

/**
 * Expressions asked again and again: evaluated once for all who ask, not at all while nobody does, and told as changes only.
 * Owns its timers: dispose of it to stop them.
 */
export class StandingQueries implements Disposable {
  readonly #deps: StandingQueriesDeps;
  readonly #lanes: EvaluationLanes;
  readonly #rangeLanes: EvaluationLanes;
  readonly #prepared: PreparedQueries;
  readonly #panels = new Map<string, Panel>();
  readonly #queries = new Map<string, StandingQuery>();

  constructor(deps: StandingQueriesDeps) {
    this.#deps = deps;
    this.#lanes = new EvaluationLanes(deps.concurrency ?? 2);
    this.#rangeLanes = new EvaluationLanes(deps.concurrency ?? 2);
    this.#prepared = new PreparedQueries(deps.engine);
  }

  /** Panels and registered queries that are being evaluated, for self-metrics. */
  get active(): { readonly panels: number; readonly queries: number } {
    return { panels: this.#panels.size, queries: [...this.#queries.values()].filter((query) => query.isWatched).length };
  }

  /** One evaluation at one time, with the parsed expression kept; what rules do for each slot. @throws promql's errors */
  async evaluateAt(expr: string, atMs: number, signal?: AbortSignal): Promise<QueryResult> {
    const query = this.#prepared.get(expr);
    return (
      this.#deps.plans?.evaluate(query, atMs, signal) ??
      this.#deps.engine.instant(query, atMs, signal === undefined ? {} : { signal })
    );
  }

  /** A query on an interval of its own. Equal requests share one evaluation. @throws PromqlParseError */
  register({ expr, intervalMs, offsetMs = 0 }: StandingRequest): StandingQueryHandle {
    const key = JSON.stringify([expr, intervalMs, offsetMs]);
    const known = this.#queries.get(key);
    if (known !== undefined) {
      return known;
    }
    const query = new StandingQuery(
      { ...this.#deps, lanes: this.#lanes },
      { query: this.#prepared.get(expr), intervalMs, offsetMs },
    );
    this.#queries.set(key, query);
    return query;
  }

  /**
   * Watches an expression over a sliding range. Resolves with the whole result; the listener gets every change after it and
   * may hear changes that the snapshot already holds. The last watcher to leave stops the evaluation.
   * @throws promql's errors, at once for what cannot be parsed or evaluated
   */
  async watch(request: PanelRequest, listener: PanelListener): Promise<WatchedPanel> {
    const panelQuery = this.#panelQuery(request);
    const { expr, rangeMs, stepMs } = request;
    const key = JSON.stringify([expr, rangeMs, stepMs, panelQuery.stepMs, panelQuery.pixels ?? null]);
    const deps = { ...this.#deps, lanes: this.#lanes, rangeLanes: this.#rangeLanes };
    const panel = this.#panels.get(key) ?? new Panel(deps, panelQuery);
    this.#panels.set(key, panel);
    // Each watcher counts on its own, also when two hand in the same function.
    const own: PanelListener = (update) => listener(update);
    const unsubscribe = (): void => this.#leave(key, panel, own);
    try {
      return { snapshot: await panel.watch(own), unsubscribe };
    } catch (error) {
      unsubscribe();
      throw error;
    }
  }

  /** Evaluates every panel's whole range again: a source has filled in its past. */
  revise(): void {
    for (const panel of this.#panels.values()) {
      panel.revise();
    }
  }

  [Symbol.dispose](): void {
    for (const stoppable of [...this.#panels.values(), ...this.#queries.values()]) {
      stoppable.stop();
    }
    this.#panels.clear();
    this.#queries.clear();
  }

  #panelQuery({ expr, rangeMs, stepMs, pixels, resolutionMs = stepMs }: PanelRequest): PanelQuery {
    const parsed = this.#prepared.get(expr);
    if (parsed.type === 'matrix' || parsed.type === 'string') {
      throw new EvaluationError(`a panel shows an instant vector or a scalar, not a ${parsed.type}`);
    }
    const step = pixels === undefined ? stepMs : Math.min(resolutionMs, stepMs);
    if (!(step > 0) || !(rangeMs >= stepMs) || rangeMs / step > MAX_PANEL_STEPS) {
      throw new EvaluationError(`a panel needs a step above 0 and a range of 1 to ${MAX_PANEL_STEPS} steps`);
    }
    const times = { stepMs, rangeMs: Math.floor(rangeMs / stepMs) * stepMs };
    const query = this.#prepared.get(withFixedDurations(parsed, times));
    return { query, rangeMs, stepMs: step, ...(pixels !== undefined && { pixels }) };
  }

  #leave(key: string, panel: Panel, listener: PanelListener): void {
    if (panel.leave(listener)) {
      panel.stop();
      if (this.#panels.get(key) === panel) {
        this.#panels.delete(key);
      }
    }
  }
}
