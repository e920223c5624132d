import type { IncidentView } from '@tila/contract/incidents.ts';
import { memo, useMemo } from 'react';
import { Link } from 'react-router';
import { useTopic } from '../../live/use-topic.ts';
import { Duration, Instant } from '../../time/times.tsx';
import { cx } from '../../ui/cx.ts';
import { Page } from '../../ui/page.tsx';
import { SeverityMark } from '../../ui/severity-mark.tsx';
import { Empty, Failure, Loading } from '../../ui/view-state.tsx';
import { IncidentStateMark } from './incident-state.tsx';
import classes from './incidents-page.module.css';

const SEED = { path: '/api/incidents', keyOf: ({ id }: IncidentView) => id };

const isOver = ({ state }: IncidentView) => Number(state === 'resolved');

/** All incidents, the open ones first, then the newest. */
export function IncidentsPage() {
  const { items, error, retry } = useTopic({ kind: 'incidents' }, SEED);
  const all = useMemo(() => Object.values(items ?? {}).sort((a, b) => isOver(a) - isOver(b) || b.openedAt - a.openedAt), [items]);
  const open = all.filter((incident) => isOver(incident) === 0).length;
  return (
    <Page title="Incidents" summary={`${open} open, ${all.length - open} resolved`}>
      {items === undefined && error === null && <Loading what="incidents" />}
      {error !== null && <Failure what="incidents" error={error} onRetry={retry} />}
      {items !== undefined && all.length === 0 && (
        <Empty title="No incidents yet">
          One opens by itself when an alert fires, and alerts of the same cluster or service join it.
        </Empty>
      )}
      {all.length > 0 && (
        <ul className={cx(classes.list)} aria-label="Incidents">
          {all.map((incident) => (
            <IncidentRow key={incident.id} incident={incident} />
          ))}
        </ul>
      )}
    </Page>
  );
}

interface IncidentRowProps {
  readonly incident: IncidentView;
}

const IncidentRow = memo(function IncidentRow({ incident }: IncidentRowProps) {
  const { id, number, title, state, severity, environment, services, openedAt, resolvedAt } = incident;
  return (
    <li>
      <Link to={`/incidents/${encodeURIComponent(id)}`} className={cx(classes.row)}>
        <span className={cx(classes.number)}>
          <span className="tila-visually-hidden">Incident </span>#{number}
        </span>
        <span className={cx(classes.title)}>
          {title}
          <span className={cx(classes.where)}>{[environment, ...services].join(' · ')}</span>
        </span>
        <span className={cx(classes.marks)}>
          <IncidentStateMark state={state} />
          <SeverityMark severity={severity} />
        </span>
        <span className={cx(classes.times)}>
          <Duration from={openedAt} to={resolvedAt} />
          <span className={cx(classes.opened)}>
            since <Instant at={openedAt} />
          </span>
        </span>
      </Link>
    </li>
  );
});
