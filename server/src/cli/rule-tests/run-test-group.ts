import { Labels } from '../../model/labels.ts';
import { parseMetric, type WrittenSeries } from '../../promql/conformance/series-line.ts';
import { PromqlEngine } from '../../promql/engine.ts';
import { formatSampleValue } from '../../promql/format-value.ts';
import { samplesOf } from '../../rules/alerting-rule.ts';
import { EvaluationCpu } from '../../rules/evaluation-cpu.ts';
import { EvaluationTurns } from '../../rules/evaluation-turns.ts';
import { PromqlRuleEvaluator } from '../../rules/promql-rule-evaluator.ts';
import { RuleDependencies } from '../../rules/rule-dependencies.ts';
import type { RuleEvaluator } from '../../rules/rule-evaluator.ts';
import type { RuleGroupSpec } from '../../rules/rule-file.ts';
import { RuleGroup } from '../../rules/rule-group.ts';
import { toQuerySamples } from '../../rules/rule-templates.ts';
import type { Clock } from '../../runtime/clock.ts';
import { silentLogger } from '../../runtime/logger.ts';
import { compareAlerts, compareSamples, type Sample } from './compare.ts';
import type { AlertCase, ExpressionCase, TestGroup } from './test-file.ts';
import { TestStore } from './test-store.ts';

/** What became of one case. A `null` complaint is a pass. */
export interface CaseResult {
  readonly path: readonly PropertyKey[];
  readonly title: string;
  readonly complaint: string | null;
  readonly skipped?: string;
}

export interface TestGroupRun {
  readonly test: TestGroup;
  readonly series: readonly WrittenSeries[];
  /** In the order in which they are evaluated. */
  readonly groups: readonly RuleGroupSpec[];
  readonly evaluationMs: number;
  readonly fuzzy: boolean;
}

/**
 * Runs one test: evaluates all rule groups at every step up to the last case, as the console does, then compares.
 * Like promtool: an alert case at a time between two steps sees the earlier one, expressions see the end of everything.
 */
export async function runTestGroup(run: TestGroupRun): Promise<readonly CaseResult[]> {
  const { test, evaluationMs } = run;
  const startMs = test.start_timestamp ?? 0;
  const store = new TestStore({ series: run.series, startMs, stepMs: test.interval ?? evaluationMs });
  const engine = new PromqlEngine({ reader: store.reader, defaultSubqueryStepMs: evaluationMs });
  const evaluator = new PromqlRuleEvaluator({ engine, reader: store.reader });
  const groups = buildGroups(run, { store, evaluator });
  const alerts = test.alert_rule_test.map((each, index) => ({ each, path: ['alert_rule_test', index] }));
  const results: CaseResult[] = [];
  for (let atMs = 0; atMs <= lastCaseMs(test); atMs += evaluationMs) {
    store.advance(startMs + atMs);
    const failures = await evaluateGroups(groups, { atMs: startMs + atMs, store });
    if (failures.length > 0) {
      const complaint = failures.join('\n');
      return [...results, { path: [], title: `rules at ${seconds(atMs)}`, complaint }];
    }
    const due = alerts.filter(({ each }) => isBetween(each.eval_time ?? 0, atMs, atMs + evaluationMs));
    results.push(...due.map(({ each, path }) => judgeAlert(each, path, groups)));
  }
  for (const [index, each] of test.promql_expr_test.entries()) {
    const atMs = startMs + (each.eval_time ?? 0);
    results.push(await judgeExpression(each, ['promql_expr_test', index], { evaluator, atMs, store, fuzzy: run.fuzzy }));
  }
  return results;
}

function lastCaseMs(test: TestGroup): number {
  return [...test.alert_rule_test, ...test.promql_expr_test].reduce((last, each) => Math.max(last, each.eval_time ?? 0), 0);
}

function isBetween(time: number, from: number, to: number): boolean {
  return time >= from && time < to;
}

function seconds(ms: number): string {
  return `${ms / 1000} s`;
}

interface Parts {
  readonly store: TestStore;
  readonly evaluator: RuleEvaluator;
}

function buildGroups({ test, groups }: TestGroupRun, { store, evaluator }: Parts): readonly RuleGroup[] {
  const dependencies = new RuleDependencies(
    groups.flatMap((group) => group.rules),
    (expr) => evaluator.metricNamesOf(expr),
  );
  const query = (atMs: number) => async (expr: string) => toQuerySamples(samplesOf(await evaluator.evaluate(expr, atMs)));
  const deps = {
    clock: STOPPED_CLOCK,
    log: silentLogger,
    clocks: { get: () => undefined, all: () => [], subscribe: () => () => {} },
    evaluator,
    writer: store,
    store: NO_STATE,
    cpu: new EvaluationCpu(() => 0),
    turns: new EvaluationTurns(() => performance.now()),
    publish: async () => {},
    context: (atMs: number) => ({
      atMs,
      externalUrl: test.external_url ?? '',
      externalLabels: test.external_labels,
      query: query(atMs),
    }),
    stored: { alerts: new Map(), sources: new Map() },
  };
  return groups.map((group) => new RuleGroup(group, dependencies, deps));
}

const STOPPED_CLOCK: Clock = { now: () => 0, after: () => () => {} };
const NO_STATE = {
  load: async () => ({ alerts: new Map(), sources: new Map() }),
  save: async () => {},
  saveSources: async () => {},
  forget: async () => {},
};

async function evaluateGroups(
  groups: readonly RuleGroup[],
  { atMs, store }: { readonly atMs: number; readonly store: TestStore },
): Promise<readonly string[]> {
  const failures: string[] = [];
  for (const group of groups) {
    await group.evaluateAt(atMs);
    for (const { spec, lastError } of group.snapshot().rules) {
      if (lastError !== null) {
        failures.push(`rule ${spec.name}: ${lastError}`);
      }
    }
  }
  return [...failures, ...store.refused.splice(0)];
}

function judgeAlert(each: AlertCase, path: readonly PropertyKey[], groups: readonly RuleGroup[]): CaseResult {
  const got = groups
    .flatMap((group) => group.snapshot().rules)
    .filter(({ spec }) => spec.kind === 'alerting' && spec.name === each.alertname)
    .flatMap(({ alerts }) => alerts.filter(({ state }) => state === 'firing'))
    .map(({ labels, annotations }) => ({ labels, annotations: Labels.from(annotations) }));
  const expected = each.exp_alerts.map(({ exp_labels, exp_annotations }) => ({
    labels: Labels.from({ ...exp_labels, alertname: each.alertname }),
    annotations: Labels.from(exp_annotations),
  }));
  const title = `alert ${each.alertname} at ${seconds(each.eval_time ?? 0)}`;
  return { path, title, complaint: compareAlerts(expected, got) };
}

interface ExpressionSetting {
  readonly evaluator: RuleEvaluator;
  readonly atMs: number;
  readonly store: TestStore;
  readonly fuzzy: boolean;
}

async function judgeExpression(
  each: ExpressionCase,
  path: readonly PropertyKey[],
  { evaluator, atMs, store, fuzzy }: ExpressionSetting,
): Promise<CaseResult> {
  const title = `${each.expr.trim()} at ${seconds(each.eval_time ?? 0)}`;
  try {
    if (each.exp_samples.some(({ histogram }) => histogram !== undefined)) {
      return { path, title, complaint: null, skipped: 'native histograms' };
    }
    const expected = each.exp_samples.map(
      ({ labels, value }): Sample => ({ labels: labels === undefined ? Labels.EMPTY : parseMetric(labels), value: value ?? 0 }),
    );
    store.reader.sawHistogram = false;
    const got = samplesOf(await evaluator.evaluate(each.expr, atMs));
    const complaint = compareSamples(expected, got, { fuzzy, show: formatSampleValue });
    const skipped = complaint !== null && store.reader.sawHistogram ? { skipped: 'native histograms' } : {};
    return { path, title, complaint, ...skipped };
  } catch (error) {
    return { path, title, complaint: error instanceof Error ? error.message : String(error) };
  }
}
