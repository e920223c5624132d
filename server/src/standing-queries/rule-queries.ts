import type { Labels } from '../model/labels.ts';
import { METRIC_NAME } from '../model/labels.ts';
import { ABSENT } from '../model/sample.ts';
import type { SeriesReader } from '../model/series-store.ts';
import type { PromqlEngine } from '../promql/engine.ts';
import { EvaluationError, PromqlParseError } from '../promql/errors.ts';
import { PreparedQueries } from './prepared-queries.ts';

export interface RuleQueriesDeps {
  readonly engine: Pick<PromqlEngine, 'prepare' | 'instant'>;
  readonly reader: Pick<SeriesReader, 'sources' | 'series'>;
  /** How far back `matchesSeries` looks; 5 minutes unless given. */
  readonly lookbackMs?: number;
}

export type RuleQueryResult =
  | { readonly kind: 'vector'; readonly samples: readonly { readonly labels: Labels; readonly value: number }[] }
  | { readonly kind: 'scalar'; readonly value: number };

/** What rules ask about their expressions: each is parsed once, then evaluated at the slots the rules choose. */
export class RuleQueries {
  readonly #deps: RuleQueriesDeps;
  readonly #prepared: PreparedQueries;

  constructor(deps: RuleQueriesDeps) {
    this.#deps = deps;
    this.#prepared = new PreparedQueries(deps.engine);
  }

  /** `null` when the expression can be a rule's, otherwise why not, with the position. */
  check(expr: string): { readonly message: string } | null {
    try {
      const { type } = this.#prepared.get(expr);
      return type === 'vector' || type === 'scalar' ? null : { message: wrongType(type) };
    } catch (error) {
      if (error instanceof PromqlParseError) {
        return { message: error.message };
      }
      throw error;
    }
  }

  /** @throws promql's errors; EvaluationError for a range vector or a string. */
  async evaluate(expr: string, atMs: number): Promise<RuleQueryResult> {
    const result = await this.#deps.engine.instant(this.#prepared.get(expr), atMs);
    switch (result.kind) {
      case 'scalar':
        return { kind: 'scalar', value: result.values[0] ?? Number.NaN };
      case 'vector':
        return {
          kind: 'vector',
          samples: result.series.map(({ labels, values }) => ({ labels, value: values[0] ?? ABSENT })),
        };
      default:
        throw new EvaluationError(wrongType(result.kind));
    }
  }

  /** The sources that wrote the series which any selector matches now. */
  async sourcesOf(expr: string): Promise<ReadonlySet<string>> {
    const { selectors } = this.#prepared.get(expr);
    const sets = await Promise.all(selectors.map((matchers) => this.#deps.reader.sources(matchers)));
    return new Set(sets.flatMap((set) => [...set]));
  }

  /** Whether any selector matches a series with a sample in the lookback before that time. */
  async matchesSeries(expr: string, atMs: number): Promise<boolean> {
    const fromMs = atMs - (this.#deps.lookbackMs ?? 300_000) + 1;
    for (const matchers of this.#prepared.get(expr).selectors) {
      if ((await this.#deps.reader.series({ matchers, fromMs, toMs: atMs })).length > 0) {
        return true;
      }
    }
    return false;
  }

  /** The metric names the selectors ask for, or `null` when one of them has no fixed name. */
  metricNamesOf(expr: string): ReadonlySet<string> | null {
    const names = new Set<string>();
    for (const matchers of this.#prepared.get(expr).selectors) {
      const name = matchers.find((matcher) => matcher.name === METRIC_NAME && matcher.operator === '=');
      if (name === undefined) {
        return null;
      }
      names.add(name.value);
    }
    return names;
  }
}

function wrongType(type: 'matrix' | 'string'): string {
  return `a rule needs an instant vector or a scalar, not a ${type === 'matrix' ? 'range vector' : 'string'}`;
}
