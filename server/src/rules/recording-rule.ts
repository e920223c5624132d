import { samplesOf } from './alerting-rule.ts';
import { RecordedLabels } from './recorded-labels.ts';
import { type EvaluationTime, newStatus, RuleEvaluationError, type RuleSnapshot, type RuleStatus } from './rule.ts';
import type { RuleEvaluator } from './rule-evaluator.ts';
import type { RecordingRuleSpec, RuleGroupSpec } from './rule-file.ts';
import { RuleSeries, type SeriesPoint } from './rule-series.ts';

export class RecordingRule {
  readonly spec: RecordingRuleSpec;
  readonly status: RuleStatus = newStatus();
  readonly series = new RuleSeries();
  readonly #evaluator: RuleEvaluator;
  readonly #limit: number;
  readonly #recorded: RecordedLabels;

  constructor(spec: RecordingRuleSpec, group: RuleGroupSpec, deps: { readonly evaluator: RuleEvaluator }) {
    this.spec = spec;
    this.#evaluator = deps.evaluator;
    this.#limit = group.limit;
    this.#recorded = new RecordedLabels(spec);
  }

  /** @throws RuleEvaluationError or the engine's error; nothing is to be written then. */
  async evaluate({ queryAt }: EvaluationTime): Promise<readonly SeriesPoint[]> {
    const samples = samplesOf(await this.#evaluator.evaluate(this.spec.expr, queryAt));
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
