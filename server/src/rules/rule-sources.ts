import type { SourceClock, SourceClocks } from '../ingest/sources.ts';
import type { AlertStateStore } from './alert-state-store.ts';
import type { RuleDependencies } from './rule-dependencies.ts';
import type { RuleEvaluator } from './rule-evaluator.ts';

export interface RuleSourcesDeps {
  readonly clocks: Pick<SourceClocks, 'get'>;
  readonly evaluator: Pick<RuleEvaluator, 'sourcesOf'>;
  readonly store: Pick<AlertStateStore, 'saveSources'>;
}

/**
 * The sources one rule reads. A source that is stale stays, even when its series no longer match: silence must not look
 * like an empty result. It leaves once it speaks again without matching series, or is no longer configured.
 */
export class RuleSources {
  readonly #deps: RuleSourcesDeps;
  readonly #rule: string;
  #sources: ReadonlySet<string>;

  constructor(rule: string, known: ReadonlySet<string>, deps: RuleSourcesDeps) {
    this.#rule = rule;
    this.#sources = known;
    this.#deps = deps;
  }

  get all(): ReadonlySet<string> {
    return this.#sources;
  }

  /** Those that are not stale: an evaluation waits for their watermarks. */
  get waiting(): readonly SourceClock[] {
    return this.#clocks().filter((clock) => !clock.isStale);
  }

  get stale(): readonly string[] {
    return this.#clocks()
      .filter((clock) => clock.isStale)
      .map((clock) => clock.source)
      .sort();
  }

  /** Asks again which series match; stores the answer when it differs. */
  async refresh(expr: string, dependencies: RuleDependencies): Promise<void> {
    const found = await Promise.all(dependencies.expressions(expr).map((read) => this.#deps.evaluator.sourcesOf(read)));
    const next = new Set([...this.stale, ...found.flatMap((sources) => [...sources])]);
    if (next.symmetricDifference(this.#sources).size > 0) {
      this.#sources = next;
      await this.#deps.store.saveSources(this.#rule, next);
    }
  }

  #clocks(): readonly SourceClock[] {
    return [...this.#sources].flatMap((source) => this.#deps.clocks.get(source) ?? []);
  }
}
