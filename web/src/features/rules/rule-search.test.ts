import type { RuleGroupView, RuleView } from '@tila/contract/rules.ts';
import { expect, it } from 'vitest';
import { countRules, searchRules } from './rule-search.ts';

const NOT_YET = { missedSlots: 0, lateSlots: 0, lastMs: null, lagMs: null };

function rule(name: string, health: RuleView['health'] = 'ok'): RuleView {
  return {
    kind: 'alerting',
    name,
    expr: `${name.toLowerCase()}_total > 1`,
    forMs: 0,
    keepFiringForMs: 0,
    labels: {},
    annotations: {},
    health,
    lastError: null,
    staleSources: [],
    state: 'inactive',
    lastEvaluationAt: null,
    evaluationMs: null,
  };
}

function group(name: string, rules: readonly RuleView[]): RuleGroupView {
  return {
    file: `${name}.rules.yaml`,
    name,
    intervalMs: 15_000,
    rules: [...rules],
    lastSlotAt: null,
    missedSlots: 0,
    evaluation: NOT_YET,
  };
}

const GROUPS = [group('http', [rule('Slow'), rule('Errors')]), group('stores', [rule('Full', 'error')])];

it.for([
  { search: '', found: ['stores: Full', 'http: Slow Errors'], why: 'the group with an error comes first' },
  { search: 'slow', found: ['http: Slow'], why: 'a group keeps only the rules that match' },
  { search: 'http errors_total', found: ['http: Errors'], why: 'every word counts, in group and expression alike' },
  { search: 'http full', found: [], why: 'words of different groups do not add up' },
])('$why', ({ search, found }) => {
  expect(searchRules(GROUPS, search).map(({ name, rules }) => `${name}: ${rules.map((one) => one.name).join(' ')}`)).toEqual(
    found,
  );
});

it('counts what is not ok as unhealthy', () => {
  expect(countRules(GROUPS)).toEqual({ all: 3, unhealthy: 1 });
});
