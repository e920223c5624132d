import type { AlertView } from '@tila/contract/alerts.ts';
import { useEffect, useMemo, useState } from 'react';
import { useSearchParams } from 'react-router';
import { allows, useSession } from '../../api/session.ts';
import { useTopic } from '../../live/use-topic.ts';
import { cx } from '../../ui/cx.ts';
import { Page } from '../../ui/page.tsx';
import { Empty, Failure, Loading } from '../../ui/view-state.tsx';
import { type AlertFilter, filterAlerts, groupAlerts, matchersFor } from './alert-groups.ts';
import { AlertRow } from './alert-row.tsx';
import classes from './alerts-page.module.css';
import { FilterBar } from './filter-bar.tsx';
import { SilenceDialog } from './silence-dialog.tsx';

const SEED = { path: '/api/alerts', keyOf: ({ fingerprint }: AlertView) => fingerprint };

function useFilter() {
  const [search, setSearch] = useSearchParams();
  const get = (name: keyof AlertFilter) => search.get(name) ?? '';
  const filter: AlertFilter = {
    text: get('text'),
    severity: get('severity'),
    environment: get('environment'),
    state: get('state'),
  };
  const change = (name: keyof AlertFilter, value: string) =>
    setSearch(
      (current) => {
        const next = new URLSearchParams(current);
        if (value === '') {
          next.delete(name);
        } else {
          next.set(name, value);
        }
        return next;
      },
      { replace: true },
    );
  return { filter, change };
}

/**
 * A card's Silence link asks for the dialog with `silence=1`. It opens once for the first alert the filters show, and the
 * parameter goes, so that neither a reload nor the Back button opens it again.
 */
function useAskedSilence(first: AlertView | undefined, isLoaded: boolean, open: (alert: AlertView) => void): void {
  const [search, setSearch] = useSearchParams();
  const isAsked = search.get('silence') === '1';
  useEffect(() => {
    if (!isAsked || !isLoaded) {
      return;
    }
    if (first !== undefined) {
      open(first);
    }
    setSearch(
      (current) => {
        const next = new URLSearchParams(current);
        next.delete('silence');
        return next;
      },
      { replace: true },
    );
  }, [isAsked, isLoaded, first, open, setSearch]);
}

/** Every alert instance there is, those that need someone first. */
export function AlertsPage() {
  const { items, error, retry } = useTopic({ kind: 'alerts' }, SEED);
  const session = useSession();
  const { filter, change } = useFilter();
  const [silencing, setSilencing] = useState<AlertView | null>(null);
  const all = useMemo(() => Object.values(items ?? {}), [items]);
  const shown = filterAlerts(all, filter);
  const groups = groupAlerts(shown);
  const environments = [...new Set(all.flatMap(({ labels }) => labels.environment ?? []))].sort();
  const hidden = all.length - shown.length;
  const maySilence = allows(session, 'responder');
  const silenceable = groups.find(({ state }) => state !== 'resolved')?.alerts[0];
  useAskedSilence(maySilence ? silenceable : undefined, items !== undefined && session !== null, setSilencing);
  return (
    <Page
      title="Alerts"
      summary={`${all.filter(({ state }) => state === 'firing').length} firing, ${all.filter(({ state }) => state === 'pending').length} pending${hidden > 0 ? ` · ${hidden} hidden by filters` : ''}`}
      actions={<FilterBar filter={filter} environments={environments} onChange={change} />}
    >
      {items === undefined && error === null && <Loading what="alerts" />}
      {error !== null && <Failure what="alerts" error={error} onRetry={retry} />}
      {items !== undefined && all.length === 0 && (
        <Empty title="No alerts">
          No rule has anything to say now. Rules live in alert-rules/; Sources shows whether their data is fresh.
        </Empty>
      )}
      {all.length > 0 && shown.length === 0 && (
        <Empty title="Nothing matches">All {hidden} alerts are hidden by the filters above.</Empty>
      )}
      {groups.map(({ state, alerts }) => (
        <section key={state} aria-labelledby={`alerts-${state}`} className={cx(classes.group)}>
          <h2 id={`alerts-${state}`}>
            {state} <span className={cx(classes.count)}>{alerts.length}</span>
          </h2>
          {alerts.map((alert) => (
            <AlertRow key={alert.fingerprint} alert={alert} onSilence={maySilence ? setSilencing : undefined} />
          ))}
        </section>
      ))}
      {silencing !== null && <SilenceDialog matchers={matchersFor(silencing)} onClose={() => setSilencing(null)} />}
    </Page>
  );
}
