import { samplesOf } from './alerting-rule.ts';
import type { EvaluationCpu } from './evaluation-cpu.ts';
import { RecordedLabels } from './recorded-labels.ts';
import { type EvaluationTime, newStatus, RuleEvaluationError, type RuleSnapshot, type RuleStatus } from './rule.ts';
import type { InstantResult, RuleEvaluator } from './rule-evaluator.ts';
import type { RecordingRuleSpec, RuleGroupSpec } from './rule-file.ts';
import { RuleSeries, type SeriesPoint } from './rule-series.ts';

export interface RecordingRuleDeps {
  readonly evaluator: RuleEvaluator;
  readonly cpu: EvaluationCpu;
}

export class RecordingRule {
  readonly spec: RecordingRuleSpec;
  readonly status: RuleStatus = newStatus();
  readonly series = new RuleSeries();
  readonly #deps: RecordingRuleDeps;
  readonly #limit: number;
  readonly #recorded: RecordedLabels;

  constructor(spec: RecordingRuleSpec, group: RuleGroupSpec, deps: RecordingRuleDeps) {
    this.spec = spec;
    this.#deps = deps;
    this.#limit = group.limit;
    this.#recorded = new RecordedLabels(spec);
  }

  /** At once where the evaluator answers at once. @throws RuleEvaluationError or the engine's error; nothing is to be written then. */
  evaluate({ queryAt }: EvaluationTime): readonly SeriesPoint[] | Promise<readonly SeriesPoint[]> {
    const { evaluator, cpu } = this.#deps;
    const result = evaluator.evaluate(this.spec.expr, queryAt);
    return result instanceof Promise
      ? cpu.waitFor(result).then((later) => this.#record(later, queryAt))
      : this.#record(result, queryAt);
  }

  #record(result: InstantResult, queryAt: number): readonly SeriesPoint[] {
    const samples = samplesOf(result);
    const recorded = this.#recorded.of(samples);
    if (this.#limit > 0 && samples.length > this.#limit) {
      throw new RuleEvaluationError(`exceeded limit of ${this.#limit} with ${samples.length} series`);
    }
    this.status.health = 'ok';
    return this.series.next(
      queryAt,
      samples.map(({ labels, value }, index) => ({ labels: recorded[index] ?? labels, value })),
    );
  }

  snapshot(): RuleSnapshot {
    const state = this.status.lastEvaluationAt === null ? 'unknown' : 'inactive';
    return { spec: this.spec, ...this.status, state, alerts: [] };
  }
}
