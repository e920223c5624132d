import { type Labels, METRIC_NAME } from '../model/labels.ts';
import { samplesOf } from './alerting-rule.ts';
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

  constructor(spec: RecordingRuleSpec, group: RuleGroupSpec, deps: { readonly evaluator: RuleEvaluator }) {
    this.spec = spec;
    this.#evaluator = deps.evaluator;
    this.#limit = group.limit;
  }

  /** @throws RuleEvaluationError or the engine's error; nothing is to be written then. */
  async evaluate({ queryAt }: EvaluationTime): Promise<readonly SeriesPoint[]> {
    const samples = samplesOf(await this.#evaluator.evaluate(this.spec.expr, queryAt));
    const points = new Map<string, { readonly labels: Labels; readonly value: number }>();
    for (const { labels, value } of samples) {
      const recorded = labels.with({ ...this.spec.labels, [METRIC_NAME]: this.spec.name });
      if (points.has(recorded.key)) {
        throw new RuleEvaluationError('vector contains metrics with the same labelset after applying rule labels');
      }
      points.set(recorded.key, { labels: recorded, value });
    }
    if (this.#limit > 0 && points.size > this.#limit) {
      throw new RuleEvaluationError(`exceeded limit of ${this.#limit} with ${points.size} series`);
    }
    this.status.health = 'ok';
    return this.series.next(queryAt, [...points.values()]);
  }

  snapshot(): RuleSnapshot {
    const state = this.status.lastEvaluationAt === null ? 'unknown' : 'inactive';
    return { spec: this.spec, ...this.status, state, alerts: [] };
  }
}
