import type { RuleEvaluator } from './rule-evaluator.ts';
import type { RuleSpec } from './rule-file.ts';

/**
 * Which recording rules a rule reads, directly and through other recording rules, told by metric name. A selector without
 * a fixed name is taken to read none: the sources of the series it matches are waited for all the same.
 */
export class RuleDependencies {
  readonly #writers: ReadonlyMap<string, readonly RuleSpec[]>;
  readonly #metricNamesOf: RuleEvaluator['metricNamesOf'];

  constructor(rules: readonly RuleSpec[], metricNamesOf: RuleEvaluator['metricNamesOf']) {
    const recording = rules.filter((rule) => rule.kind === 'recording');
    this.#writers = Map.groupBy(recording, (rule) => rule.name);
    this.#metricNamesOf = metricNamesOf;
  }

  /** The expressions whose sources decide whether `expr` can be evaluated: itself first, then those it depends on. */
  expressions(expr: string): readonly string[] {
    const seen = new Set<string>([expr]);
    for (const current of seen) {
      for (const name of this.#metricNamesOf(current) ?? []) {
        for (const writer of this.#writers.get(name) ?? []) {
          seen.add(writer.expr);
        }
      }
    }
    return [...seen];
  }
}
