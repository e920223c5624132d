import type { RuleGroupView, RuleView } from '@tila/contract/rules.ts';
import type { Alert } from '../../alerts/alert.ts';
import type { HttpDeps } from '../deps.ts';
import type { Route } from '../route.ts';
import { exponentText, isoTime } from './go-text.ts';
import { type Parameters, parametersOf } from './parameters.ts';
import { page, ruleFilter } from './rule-filter.ts';

export type RuleRouteDeps = Pick<HttpDeps, 'rules' | 'alerts'>;

/** `/api/v1/rules` and `alerts`, in Prometheus' shapes. */
export function ruleRoutes(deps: RuleRouteDeps): readonly Route[] {
  return [
    {
      method: 'get',
      path: '/api/v1/rules',
      access: 'viewer',
      answer: ({ request }) => ({ status: 'success', data: ruleGroups(parametersOf(request), deps) }),
    },
    {
      method: 'get',
      path: '/api/v1/alerts',
      access: 'viewer',
      answer: () => ({ status: 'success', data: { alerts: activeAlerts(deps).map(alertJson) } }),
    },
  ];
}

/** @throws BadRequestError */
function ruleGroups(parameters: Parameters, deps: RuleRouteDeps): object {
  const filter = ruleFilter(parameters);
  const active = filter.hasAlerts ? activeAlerts(deps) : [];
  const { groups, nextToken } = page(filter.apply(deps.rules.groups()), parameters);
  return {
    groups: groups.map((group) => groupJson(group, active)),
    ...(nextToken !== undefined && { groupNextToken: nextToken }),
  };
}

function activeAlerts({ alerts }: RuleRouteDeps): readonly Alert[] {
  return alerts.current().filter((alert) => alert.state !== 'resolved');
}

function groupJson(group: RuleGroupView, active: readonly Alert[]) {
  const evaluations = group.rules.map((rule) => rule.evaluationMs ?? 0);
  return {
    name: group.name,
    file: group.file,
    interval: group.intervalMs / 1000,
    limit: 0,
    evaluationTime: evaluations.reduce((total, each) => total + each, 0) / 1000,
    lastEvaluation: isoTime(group.lastSlotAt),
    rules: group.rules.map((rule) =>
      ruleJson(
        rule,
        active.filter((alert) => isFrom(alert, group, rule)),
      ),
    ),
  };
}

function isFrom({ rule: origin }: Alert, group: RuleGroupView, rule: RuleView): boolean {
  return origin.file === group.file && origin.group === group.name && origin.name === rule.name && origin.expr === rule.expr;
}

function ruleJson(rule: RuleView, alerts: readonly Alert[]) {
  const shared = {
    name: rule.name,
    query: rule.expr,
    labels: rule.labels,
    health: healthJson(rule.health),
    ...(rule.lastError !== null && { lastError: rule.lastError }),
    evaluationTime: (rule.evaluationMs ?? 0) / 1000,
    lastEvaluation: isoTime(rule.lastEvaluationAt),
  };
  if (rule.kind === 'recording') {
    return { ...shared, type: 'recording' };
  }
  return {
    ...shared,
    type: 'alerting',
    state: rule.state,
    duration: rule.forMs / 1000,
    keepFiringFor: rule.keepFiringForMs / 1000,
    annotations: rule.annotations,
    alerts: alerts.map(alertJson),
  };
}

function alertJson(alert: Alert) {
  return {
    labels: alert.labels.toJSON(),
    annotations: alert.annotations,
    state: alert.state,
    activeAt: isoTime(alert.activeAt),
    value: exponentText(alert.value),
  };
}

/** Prometheus knows ok, err and unknown; what is stale here has not been looked at lately. */
function healthJson(health: RuleView['health']): string {
  switch (health) {
    case 'error':
      return 'err';
    case 'stale':
    case 'unknown':
      return 'unknown';
    case 'ok':
    case 'no data':
      return 'ok';
  }
}
