import type { Dashboard, DashboardView } from '@tila/contract/dashboards.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Logger } from '../runtime/logger.ts';
import { type DashboardTarget, PAGE_VARIABLES, substituteVariables } from './variables.ts';

export interface DashboardLibraryDeps {
  readonly clock: Clock;
  readonly log: Logger;
  /** Has this expression a result now? */
  hasResult(expr: string, signal: AbortSignal): Promise<boolean>;
}

const REMEMBER_MS = 30_000;
const REMEMBER_NOTHING_MS = 2000;
const MAX_REMEMBERED = 10_000;
const QUERY_TIMEOUT_MS = 5000;

interface Verdict {
  readonly at: number;
  readonly result: Promise<boolean>;
}

/** The dashboards, fitted to what they are shown for. */
export class DashboardLibrary {
  readonly #deps: DashboardLibraryDeps;
  readonly #verdicts = new Map<string, Verdict>();
  #dashboards: readonly DashboardView[] = [];

  constructor(deps: DashboardLibraryDeps) {
    this.#deps = deps;
  }

  /** Takes the place of all dashboards there were. */
  replace(dashboards: readonly DashboardView[]): void {
    this.#dashboards = dashboards;
  }

  /**
   * Dashboards of a page (of all pages when `undefined`), by id. When the target says everything a dashboard needs, its
   * variables are replaced and it is left out unless one of its `when` has a result; otherwise it comes as it was written.
   * A `when` that fails counts as true: a panel too many is better than a page without panels.
   */
  async forTarget(page: Dashboard['for'] | undefined, target: DashboardTarget): Promise<readonly DashboardView[]> {
    const candidates = this.#dashboards.filter(({ dashboard }) => page === undefined || dashboard.for === page);
    const shown = await Promise.all(candidates.map((candidate) => this.#fit(candidate, target)));
    return shown.filter((view) => view !== null);
  }

  async #fit(view: DashboardView, target: DashboardTarget): Promise<DashboardView | null> {
    const { dashboard, id } = view;
    if (PAGE_VARIABLES[dashboard.for].some((name) => target[name] === undefined)) {
      return view;
    }
    const when = dashboard.when.map((expr) => substituteVariables(expr, target));
    const verdicts = await Promise.all(when.map((expr) => this.#hasResult(expr)));
    if (when.length > 0 && !verdicts.includes(true)) {
      return null;
    }
    const panels = dashboard.panels.map((panel) => ({
      ...panel,
      queries: panel.queries.map((query) => ({ ...query, expr: substituteVariables(query.expr, target) })),
    }));
    return { id, dashboard: { ...dashboard, when, panels } };
  }

  #hasResult(expr: string): Promise<boolean> {
    const now = this.#deps.clock.now();
    const known = this.#verdicts.get(expr);
    if (known !== undefined && now - known.at < REMEMBER_MS) {
      return known.result;
    }
    if (this.#verdicts.size >= MAX_REMEMBERED) {
      this.#verdicts.clear();
    }
    const result = this.#ask(expr);
    const verdict = { at: now, result };
    this.#verdicts.set(expr, verdict);
    void result.then((isTrue) => {
      // "Nothing yet" changes when a source's first samples arrive; it is remembered only as long as many ask at once.
      if (!isTrue && this.#verdicts.get(expr) === verdict) {
        this.#verdicts.set(expr, { at: now - REMEMBER_MS + REMEMBER_NOTHING_MS, result });
      }
    });
    return result;
  }

  async #ask(expr: string): Promise<boolean> {
    try {
      return await this.#deps.hasResult(expr, AbortSignal.timeout(QUERY_TIMEOUT_MS));
    } catch (err) {
      this.#deps.log.warn({ err, expr }, 'condition of a dashboard cannot be evaluated');
      return true;
    }
  }
}
