import type { RuleGroupView, RuleView } from '@tila/contract/rules.ts';

const HEALTH_ORDER: readonly RuleView['health'][] = ['error', 'stale', 'no data', 'unknown', 'ok'];

/** The groups with the rules that match: every word in the file, the group, the name, the expression or the state. The unhealthy groups first. */
export function searchRules(groups: readonly RuleGroupView[], search: string): RuleGroupView[] {
  const words = search.toLowerCase().split(/\s+/);
  return groups
    .map((group) => ({
      ...group,
      rules: group.rules.filter((rule) => {
        const text = `${group.file} ${group.name} ${rule.name} ${rule.expr} ${rule.state} ${rule.health}`.toLowerCase();
        return words.every((word) => text.includes(word));
      }),
    }))
    .filter(({ rules }) => rules.length > 0)
    .sort((a, b) => healthRank(a) - healthRank(b) || a.file.localeCompare(b.file) || a.name.localeCompare(b.name));
}

function healthRank({ rules }: RuleGroupView): number {
  return Math.min(...rules.map(({ health }) => HEALTH_ORDER.indexOf(health)));
}

/** How many rules there are, and how many of them cannot be relied upon. */
export function countRules(groups: readonly RuleGroupView[]): { readonly all: number; readonly unhealthy: number } {
  const rules = groups.flatMap((group) => group.rules);
  return { all: rules.length, unhealthy: rules.filter(({ health }) => health !== 'ok').length };
}
