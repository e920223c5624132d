import type { RuleSnapshot } from './rule.ts';
import type { RuleGroupSnapshot } from './rule-group.ts';

/** A group in the shape of the contract's `RuleGroupView`. */
export function toRuleGroupView({ rules, ...group }: RuleGroupSnapshot) {
  return { ...group, rules: rules.map(toRuleView) };
}

function toRuleView({ spec, alerts: _, staleSources, ...status }: RuleSnapshot) {
  const isAlerting = spec.kind === 'alerting';
  return {
    ...status,
    staleSources: [...staleSources],
    kind: spec.kind,
    name: spec.name,
    expr: spec.expr,
    forMs: isAlerting ? spec.forMs : 0,
    keepFiringForMs: isAlerting ? spec.keepFiringForMs : 0,
    labels: { ...spec.labels },
    annotations: isAlerting ? { ...spec.annotations } : {},
  };
}
