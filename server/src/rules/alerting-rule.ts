import { Labels, METRIC_NAME } from '../model/labels.ts';
import { type ActiveAlert, type AlertStep, hasChanged, hasTurned, type ResultAlert, stepAlerts } from './alert-step.ts';
import type { EvaluationCpu } from './evaluation-cpu.ts';
import { fingerprint } from './fingerprint.ts';
import { type EvaluationTime, newStatus, RuleEvaluationError, type RuleSnapshot, type RuleStatus } from './rule.ts';
import type { RuleAlert, RuleAlertChange, RuleAlertHealth, RuleAlertOrigin } from './rule-alert.ts';
import type { InstantResult, InstantSample, RuleEvaluator } from './rule-evaluator.ts';
import type { AlertingRuleSpec, RuleGroupSpec } from './rule-file.ts';
import { RuleSeries, type SeriesPoint } from './rule-series.ts';
import { RuleTemplates, type TemplateContext } from './rule-templates.ts';

export interface AlertingRuleDeps {
  readonly evaluator: RuleEvaluator;
  readonly context: (atMs: number) => TemplateContext;
  readonly cpu: EvaluationCpu;
}

/** What an evaluation did: changes to publish, alerts to store, alerts gone, and series to write. */
export interface AlertingOutcome {
  readonly changes: readonly RuleAlertChange[];
  readonly stored: readonly ActiveAlert[];
  readonly dropped: readonly ActiveAlert[];
  readonly points: readonly SeriesPoint[];
}

/** Values that change with every evaluation are stored no more often: after a restart they are known as they were at most so long ago. */
const STORE_VALUES_EVERY_MS = 60_000;

const NOTHING: ReadonlyMap<string, ResultAlert> = new Map();

export class AlertingRule {
  readonly spec: AlertingRuleSpec;
  readonly status: RuleStatus = newStatus();
  readonly series = new RuleSeries();
  readonly #deps: AlertingRuleDeps;
  readonly #group: RuleGroupSpec;
  readonly #labelTemplates: RuleTemplates;
  readonly #annotationTemplates: RuleTemplates;
  #active: ReadonlyMap<string, ActiveAlert> = new Map();
  #health: RuleAlertHealth = 'ok';
  #valuesStoredAt = Number.NEGATIVE_INFINITY;

  constructor(spec: AlertingRuleSpec, group: RuleGroupSpec, deps: AlertingRuleDeps) {
    this.spec = spec;
    this.#group = group;
    this.#deps = deps;
    this.#labelTemplates = new RuleTemplates(spec.labels);
    this.#annotationTemplates = new RuleTemplates(spec.annotations);
  }

  /** Pending and firing alerts, to be restored into or copied from. */
  get active(): readonly ActiveAlert[] {
    return [...this.#active.values()];
  }

  restore(alerts: readonly ActiveAlert[]): void {
    this.#active = new Map(alerts.map((alert) => [alert.labels.key, alert]));
  }

  /**
   * At once where the evaluator answers at once and nothing is to be expanded.
   * @throws RuleEvaluationError or the engine's error; the alerts are then as they were, unless the limit was exceeded.
   */
  evaluate(time: EvaluationTime): AlertingOutcome | Promise<AlertingOutcome> {
    const { evaluator, cpu } = this.#deps;
    const result = evaluator.evaluate(this.spec.expr, time.queryAt);
    if (result instanceof Promise) {
      return cpu.waitFor(result).then((later) => this.#take(samplesOf(later), time));
    }
    return this.#take(samplesOf(result), time);
  }

  #take(samples: readonly InstantSample[], time: EvaluationTime): AlertingOutcome | Promise<AlertingOutcome> {
    return samples.length === 0 ? this.#takeNothing(time) : this.#takeSamples(samples, time);
  }

  #takeNothing(time: EvaluationTime): AlertingOutcome | Promise<AlertingOutcome> {
    const hasData = this.#deps.evaluator.matchesSeries(this.spec.expr, time.queryAt);
    if (hasData instanceof Promise) {
      return this.#deps.cpu.waitFor(hasData).then((later) => this.#step(NOTHING, later, time));
    }
    return this.#step(NOTHING, hasData, time);
  }

  async #takeSamples(samples: readonly InstantSample[], time: EvaluationTime): Promise<AlertingOutcome> {
    return this.#step(await this.#expand(samples, time.at), true, time);
  }

  #step(result: ReadonlyMap<string, ResultAlert>, hasData: boolean, time: EvaluationTime): AlertingOutcome {
    this.status.health = hasData ? 'ok' : 'no data';
    return this.#apply(stepAlerts(this.#active, result, { at: time.at, hold: this.spec }), time);
  }

  /** Publishes that the alerts are only the last ones known; `at` is the slot that could not be decided. */
  markUndecided(health: 'stale' | 'error', time: EvaluationTime): AlertingOutcome {
    const changes = this.#setHealth(health, time);
    // A stale rule's alerts are still what we believe, so ALERTS goes on; Prometheus writes nothing after an error.
    const points = health === 'stale' ? this.series.next(time.queryAt, alertSeries(this.active)) : [];
    return { changes, stored: [], dropped: [], points };
  }

  /** The limit was exceeded: all alerts are dropped without being resolved (Prometheus). */
  wipe(time: EvaluationTime): AlertingOutcome {
    return this.#end(time, 'inactive');
  }

  /** The rule is gone: what fired is resolved, what was pending is inactive, and its series end. */
  retire(time: EvaluationTime): AlertingOutcome {
    return this.#end(time, 'resolved');
  }

  snapshot(): RuleSnapshot {
    return { spec: this.spec, ...this.status, state: this.#state(), alerts: this.active.map((alert) => this.#view(alert)) };
  }

  get origin(): RuleAlertOrigin {
    const { file, name: group, intervalMs } = this.#group;
    return { file, group, name: this.spec.name, expr: this.spec.expr, forMs: this.spec.forMs, intervalMs };
  }

  #state(): RuleSnapshot['state'] {
    if (this.active.some((alert) => alert.state === 'firing')) {
      return 'firing';
    }
    if (this.#active.size > 0) {
      return 'pending';
    }
    return this.status.lastEvaluationAt === null ? 'unknown' : 'inactive';
  }

  async #expand(samples: readonly InstantSample[], at: number): Promise<ReadonlyMap<string, ResultAlert>> {
    const context = this.#deps.context(at);
    const expanded = new Map<string, ResultAlert>();
    for (const sample of samples) {
      const overlay = await this.#labelTemplates.expand(sample, context);
      const labels = sample.labels
        .with({ [METRIC_NAME]: '' })
        .with(overlay)
        .with({ alertname: this.spec.name });
      if (expanded.has(labels.key)) {
        throw new RuleEvaluationError('vector contains metrics with the same labelset after applying alert labels');
      }
      const annotations = await this.#annotationTemplates.expand(sample, context);
      const known = this.#active.get(labels.key)?.fingerprint;
      expanded.set(labels.key, { fingerprint: known ?? fingerprint(labels), labels, annotations, value: sample.value });
    }
    return expanded;
  }

  #apply(steps: readonly AlertStep[], time: EvaluationTime): AlertingOutcome {
    const after = steps.flatMap((step) => (step.after === null ? [] : [step.after]));
    if (this.#group.limit > 0 && after.length > this.#group.limit) {
      throw new RuleEvaluationError(`exceeded limit of ${this.#group.limit} with ${after.length} alerts`, {
        cause: LIMIT_EXCEEDED,
      });
    }
    const wasUndecided = this.#health !== 'ok';
    this.#health = 'ok';
    this.#active = new Map(after.map((alert) => [alert.labels.key, alert]));
    const changed = steps.filter(hasChanged);
    const toStore = this.#areValuesDue(time.at) ? changed : changed.filter(hasTurned);
    return {
      changes: (wasUndecided ? steps : changed).map((step) => this.#change(step, time)),
      stored: toStore.flatMap((step) => (step.after === null ? [] : [step.after])),
      dropped: changed.flatMap((step) => (step.after === null && step.before !== null ? [step.before] : [])),
      points: this.series.next(time.queryAt, alertSeries(after)),
    };
  }

  #areValuesDue(at: number): boolean {
    const isDue = at - this.#valuesStoredAt >= STORE_VALUES_EVERY_MS;
    this.#valuesStoredAt = isDue ? at : this.#valuesStoredAt;
    return isDue;
  }

  #end(time: EvaluationTime, firingBecomes: 'resolved' | 'inactive'): AlertingOutcome {
    const dropped = this.active;
    this.#active = new Map();
    const changes = dropped.map((before): RuleAlertChange => {
      const to = before.state === 'firing' ? firingBecomes : 'inactive';
      const resolved = { ...this.#view(before), state: 'resolved', resolvedAt: time.at } as const;
      return {
        alert: to === 'resolved' ? resolved : this.#view(before),
        from: before.state,
        to,
        at: time.at,
        observedAt: time.observedAt,
      };
    });
    return { changes, stored: [], dropped, points: this.series.next(time.queryAt, []) };
  }

  #setHealth(health: RuleAlertHealth, time: EvaluationTime): readonly RuleAlertChange[] {
    if (this.#health === health) {
      return [];
    }
    this.#health = health;
    return this.active.map((alert) => this.#change({ before: alert, after: alert }, time));
  }

  #change({ before, after }: AlertStep, { at, observedAt }: EvaluationTime): RuleAlertChange {
    const from = before?.state ?? 'inactive';
    if (after !== null) {
      return { alert: this.#view(after), from, to: after.state, at, observedAt };
    }
    if (before === null) {
      throw new Error('an alert step without an alert');
    }
    if (before.state === 'pending') {
      return { alert: this.#view(before), from, to: 'inactive', at, observedAt };
    }
    return { alert: { ...this.#view(before), state: 'resolved', resolvedAt: at }, from, to: 'resolved', at, observedAt };
  }

  #view({ keepFiringSince: _, ...alert }: ActiveAlert): RuleAlert {
    return { ...alert, health: this.#health, resolvedAt: null, rule: this.origin };
  }
}

/** The cause of the error for an exceeded limit, by which the group knows that the alerts must be dropped. */
export const LIMIT_EXCEEDED = Symbol('limit exceeded');

/** A result as samples; a scalar is one sample without labels. */
export function samplesOf(result: InstantResult): readonly InstantSample[] {
  return result.kind === 'vector' ? result.samples : [{ labels: Labels.EMPTY, value: result.value }];
}

function alertSeries(alerts: readonly ActiveAlert[]): readonly { readonly labels: Labels; readonly value: number }[] {
  return alerts.flatMap((alert) => [
    { labels: alert.labels.with({ [METRIC_NAME]: 'ALERTS', alertstate: alert.state }), value: 1 },
    { labels: alert.labels.with({ [METRIC_NAME]: 'ALERTS_FOR_STATE' }), value: Math.floor(alert.activeAt / 1000) },
  ]);
}
