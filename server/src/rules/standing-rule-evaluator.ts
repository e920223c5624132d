import type { PreparedQuery, PromqlEngine } from '../promql/engine.ts';
import type { Clock } from '../runtime/clock.ts';
import type { InstantAnswer } from '../standing-queries/plan/plan.ts';
import type { StandingPlans } from '../standing-queries/plan/standing-plans.ts';
import { PreparedQueries } from '../standing-queries/prepared-queries.ts';
import { metricNamesRead } from './promql-rule-evaluator.ts';
import type { InstantResult, RuleEvaluator } from './rule-evaluator.ts';

export interface StandingRuleEvaluatorDeps {
  readonly engine: Pick<PromqlEngine, 'prepare'>;
  readonly plans: Pick<StandingPlans, 'answer' | 'sourcesOf' | 'matchesSeries'>;
  readonly clock: Clock;
  /** How far back a series may have its newest sample to count as there; the engine's lookback. */
  readonly lookbackMs?: number;
}

/** Rules as standing plans: what a rule reads is watched, not looked up at each slot. */
export class StandingRuleEvaluator implements RuleEvaluator {
  readonly #deps: StandingRuleEvaluatorDeps;
  readonly #prepared: PreparedQueries;
  readonly #names = new WeakMap<PreparedQuery, ReadonlySet<string> | null>();

  constructor(deps: StandingRuleEvaluatorDeps) {
    this.#deps = deps;
    this.#prepared = new PreparedQueries(deps.engine);
  }

  check(expr: string): { readonly message: string } | null {
    try {
      this.#prepared.get(expr);
      return null;
    } catch (error) {
      return { message: error instanceof Error ? error.message : String(error) };
    }
  }

  evaluate(expr: string, atMs: number): InstantResult | Promise<InstantResult> {
    const query = this.#prepared.get(expr);
    if (query.type === 'matrix' || query.type === 'string') {
      throw new Error('rule result is not a vector or scalar');
    }
    const answer = this.#deps.plans.answer(query, atMs);
    return answer instanceof Promise ? answer.then(toInstant) : toInstant(answer);
  }

  sourcesOf(expr: string): ReadonlySet<string> {
    return this.#deps.plans.sourcesOf(this.#prepared.get(expr), this.#deps.clock.now());
  }

  matchesSeries(expr: string, atMs: number): boolean {
    const query = this.#prepared.get(expr);
    const window = { fromMs: atMs - (this.#deps.lookbackMs ?? 300_000), toMs: atMs };
    // An expression that reads nothing, such as vector(1), lacks no data.
    return query.selectors.length === 0 || this.#deps.plans.matchesSeries(query, window);
  }

  metricNamesOf(expr: string): ReadonlySet<string> | null {
    const query = this.#prepared.get(expr);
    let names = this.#names.get(query);
    if (names === undefined) {
      names = metricNamesRead(query);
      this.#names.set(query, names);
    }
    return names;
  }
}

function toInstant(answer: InstantAnswer): InstantResult {
  if (answer.kind === 'scalar') {
    return { kind: 'scalar', value: answer.value };
  }
  const { values } = answer;
  return { kind: 'vector', samples: answer.labels.map((labels, index) => ({ labels, value: values[index] ?? Number.NaN })) };
}
