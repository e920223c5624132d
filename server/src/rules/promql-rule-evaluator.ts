import type { SeriesReader } from '../model/series-store.ts';
import type { PreparedQuery, PromqlEngine, QueryResult } from '../promql/engine.ts';
import type { InstantResult, RuleEvaluator } from './rule-evaluator.ts';

export interface PromqlRuleEvaluatorDeps {
  readonly engine: Pick<PromqlEngine, 'prepare' | 'instant'>;
  readonly reader: Pick<SeriesReader, 'series' | 'sources'>;
  /** How far back a series may have its newest sample to count as there; the engine's lookback. */
  readonly lookbackMs?: number;
}

const MAX_PREPARED = 10_000;

/** Rules on the PromQL engine over any reader; each expression is parsed once. See StandingRuleEvaluator for what runs all the time. */
export class PromqlRuleEvaluator implements RuleEvaluator {
  readonly #deps: PromqlRuleEvaluatorDeps;
  readonly #prepared = new Map<string, PreparedQuery>();

  constructor(deps: PromqlRuleEvaluatorDeps) {
    this.#deps = deps;
  }

  check(expr: string): { readonly message: string } | null {
    try {
      this.#prepare(expr);
      return null;
    } catch (error) {
      return { message: error instanceof Error ? error.message : String(error) };
    }
  }

  async evaluate(expr: string, atMs: number): Promise<InstantResult> {
    return toInstant(await this.#deps.engine.instant(this.#prepare(expr), atMs));
  }

  async sourcesOf(expr: string): Promise<ReadonlySet<string>> {
    const found = await Promise.all(this.#prepare(expr).selectors.map((matchers) => this.#deps.reader.sources(matchers)));
    return new Set(found.flatMap((sources) => [...sources]));
  }

  async matchesSeries(expr: string, atMs: number): Promise<boolean> {
    const { selectors } = this.#prepare(expr);
    const fromMs = atMs - (this.#deps.lookbackMs ?? 300_000);
    for (const matchers of selectors) {
      if ((await this.#deps.reader.series({ matchers, fromMs, toMs: atMs })).length > 0) {
        return true;
      }
    }
    // An expression that reads nothing, such as vector(1), lacks no data.
    return selectors.length === 0;
  }

  metricNamesOf(expr: string): ReadonlySet<string> | null {
    return metricNamesRead(this.#prepare(expr));
  }

  #prepare(expr: string): PreparedQuery {
    const known = this.#prepared.get(expr);
    if (known !== undefined) {
      return known;
    }
    const prepared = this.#deps.engine.prepare(expr);
    if (this.#prepared.size >= MAX_PREPARED) {
      this.#prepared.clear();
    }
    this.#prepared.set(expr, prepared);
    return prepared;
  }
}

/** The metric names a query's selectors ask for, or null when one has no fixed name. */
export function metricNamesRead({ selectors }: Pick<PreparedQuery, 'selectors'>): ReadonlySet<string> | null {
  const names = selectors.map(
    (matchers) => matchers.find(({ name, operator }) => name === '__name__' && operator === '=')?.value,
  );
  return names.includes(undefined) ? null : new Set(names.filter((name) => name !== undefined));
}

function toInstant(result: QueryResult): InstantResult {
  switch (result.kind) {
    case 'vector':
      return { kind: 'vector', samples: result.series.map(({ labels, values }) => ({ labels, value: values[0] ?? Number.NaN })) };
    case 'scalar':
      return { kind: 'scalar', value: result.values[0] ?? Number.NaN };
    case 'matrix':
    case 'string':
      throw new Error('rule result is not a vector or scalar');
  }
}
