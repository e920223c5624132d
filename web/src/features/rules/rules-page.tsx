import { useQuery } from '@tanstack/react-query';
import type { RuleGroupView } from '@tila/contract/rules.ts';
import { useMemo } from 'react';
import { useSearchParams } from 'react-router';
import { Age } from '../../time/times.tsx';
import { cx } from '../../ui/cx.ts';
import { formatStep } from '../../ui/duration.ts';
import { Page } from '../../ui/page.tsx';
import { SearchField } from '../../ui/search-field.tsx';
import { Empty, Failure, Loading } from '../../ui/view-state.tsx';
import { ruleGroups } from './queries.ts';
import { RuleRow } from './rule-row.tsx';
import { countRules, searchRules } from './rule-search.ts';
import classes from './rules-page.module.css';

/** What is evaluated, how often, and whether it can be relied upon. */
export function RulesPage() {
  const query = useQuery(ruleGroups());
  const [search, setSearch] = useSearchParams();
  const text = search.get('q') ?? '';
  const shown = useMemo(() => searchRules(query.data ?? [], text), [query.data, text]);
  const { all, unhealthy } = countRules(query.data ?? []);
  return (
    <Page
      title="Rules"
      summary={query.data === undefined ? '' : `${all} rules, ${unhealthy === 0 ? 'all healthy' : `${unhealthy} not healthy`}`}
      actions={
        <SearchField
          label="Search rules"
          value={text}
          onChange={(value) => setSearch(value === '' ? {} : { q: value }, { replace: true })}
        />
      }
    >
      {query.isPending && <Loading what="rules" />}
      {query.error !== null && <Failure what="rules" error={query.error} onRetry={() => void query.refetch()} />}
      {query.data !== undefined && all === 0 && (
        <Empty title="No rules">Put Prometheus rule files where “rules” in tila.yaml points.</Empty>
      )}
      {all > 0 && shown.length === 0 && <Empty title="Nothing matches">All {all} rules are hidden by the search.</Empty>}
      {shown.map((group) => (
        <RuleGroup key={`${group.file} ${group.name}`} group={group} />
      ))}
    </Page>
  );
}

interface RuleGroupProps {
  readonly group: RuleGroupView;
}

function RuleGroup({ group }: RuleGroupProps) {
  return (
    <section className={cx(classes.group)} aria-label={`Rule group ${group.name}`}>
      <header className={cx(classes.head)}>
        <h2>{group.name}</h2>
        <span className={cx(classes.file)}>{group.file}</span>
        <span className={cx(classes.facts)}>
          <span>every {formatStep(group.intervalMs)}</span>
          <span>
            {group.lastSlotAt === null ? (
              'not evaluated yet'
            ) : (
              <>
                last <Age at={group.lastSlotAt} /> ago
              </>
            )}
          </span>
          <span className={cx(group.missedSlots > 0 && classes.missed)}>{missedText(group.missedSlots)}</span>
          {group.evaluation.lateSlots > 0 && <span>{group.evaluation.lateSlots} late</span>}
        </span>
      </header>
      <ul className={cx(classes.rules)}>
        {group.rules.map((rule) => (
          <RuleRow key={`${rule.kind} ${rule.name} ${rule.expr}`} rule={rule} />
        ))}
      </ul>
    </section>
  );
}

function missedText(slots: number): string {
  if (slots === 0) {
    return 'no slot missed';
  }
  return slots === 1 ? '1 slot missed' : `${slots} slots missed`;
}
