import { Button } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import type { IncidentView } from '@tila/contract/incidents.ts';
import { Link, useParams } from 'react-router';
import { allows, useSession } from '../../api/session.ts';
import { useTopic } from '../../live/use-topic.ts';
import { fixedRange } from '../../time/range.ts';
import { Duration, Instant } from '../../time/times.tsx';
import { CopyButton } from '../../ui/copy-button.tsx';
import { cx } from '../../ui/cx.ts';
import { Labels } from '../../ui/labels.tsx';
import { Page } from '../../ui/page.tsx';
import { SeverityMark } from '../../ui/severity-mark.tsx';
import { Empty, Failure, Loading } from '../../ui/view-state.tsx';
import { Deliveries } from './deliveries.tsx';
import classes from './incident-page.module.css';
import { IncidentStateMark } from './incident-state.tsx';
import { NoteForm } from './note-form.tsx';
import { acknowledge, exportPath, incidentDeliveries, incidentDetail } from './queries.ts';
import { Timeline } from './timeline.tsx';

const BEFORE_MS = 1_800_000;

/** What happened, in order, with the evidence beside it. */
export function IncidentPage() {
  const { id = '' } = useParams();
  const live = useTopic({ kind: 'incident', id });
  const version = live.items?.version?.version ?? 0;
  const detail = useQuery(incidentDetail(id, version));
  const deliveries = useQuery(incidentDeliveries(id, version));
  const queries = useQueryClient();
  const session = useSession();
  const refresh = () => queries.invalidateQueries({ queryKey: ['incident', id] });
  const may = allows(session, 'responder');
  if (detail.data === undefined) {
    return (
      <Page title="Incident">
        {detail.error === null ? (
          <Loading what="the incident" />
        ) : (
          <Failure what="the incident" error={detail.error} onRetry={() => void detail.refetch()} />
        )}
      </Page>
    );
  }
  const { incident, timeline } = detail.data;
  return (
    <Page
      title={`#${incident.number} ${incident.title}`}
      heading={<Heading incident={incident} />}
      actions={<Actions incident={incident} mayAcknowledge={may} onChanged={() => void refresh()} />}
    >
      <div className={cx(classes.columns)}>
        <section aria-labelledby="timeline-title" className={cx(classes.main)}>
          <h2 id="timeline-title">Timeline</h2>
          {timeline.length === 0 ? (
            <Empty title="Nothing recorded yet">Entries appear here as they happen.</Empty>
          ) : (
            <Timeline entries={timeline} />
          )}
          {may && <NoteForm incidentId={id} onAdded={() => void refresh()} />}
        </section>
        <aside className={cx(classes.side)} aria-label="About this incident">
          <IncidentAlerts incident={incident} />
          <section>
            <h2>Deliveries</h2>
            {deliveries.isPending && <Loading what="deliveries" rows={2} />}
            {deliveries.error !== null && (
              <Failure what="deliveries" error={deliveries.error} onRetry={() => void deliveries.refetch()} />
            )}
            {deliveries.data !== undefined && <Deliveries deliveries={deliveries.data} />}
          </section>
        </aside>
      </div>
    </Page>
  );
}

interface IncidentProps {
  readonly incident: IncidentView;
}

function Heading({ incident }: IncidentProps) {
  const { number, title, state, severity, openedAt, resolvedAt, acknowledgedBy, acknowledgedAt, environment, clusters } =
    incident;
  return (
    <>
      <nav aria-label="Breadcrumb" className={cx(classes.crumbs)}>
        <Link to="/incidents">Incidents</Link>
        <span aria-hidden="true">/</span>
        <span>#{number}</span>
      </nav>
      <h1>{title}</h1>
      <div className={cx(classes.facts)}>
        <IncidentStateMark state={state} />
        <SeverityMark severity={severity} />
        <span>{[environment, ...clusters].join(' · ')}</span>
        <span>
          <Duration from={openedAt} to={resolvedAt} /> since <Instant at={openedAt} />
        </span>
        {acknowledgedBy !== null && acknowledgedAt !== null && (
          <span>
            ◇ acknowledged by {acknowledgedBy} at <Instant at={acknowledgedAt} />
          </span>
        )}
      </div>
    </>
  );
}

interface ActionsProps extends IncidentProps {
  readonly mayAcknowledge: boolean;
  readonly onChanged: () => void;
}

function Actions({ incident, mayAcknowledge, onChanged }: ActionsProps) {
  const command = useMutation({ mutationFn: () => acknowledge(incident.id), onSuccess: onChanged });
  return (
    <>
      {command.error !== null && <span role="alert">{command.error.message}</span>}
      <CopyButton label="Copy link" text={() => `${location.origin}${location.pathname}`} />
      <Button component="a" href={exportPath(incident.id)} download variant="default" size="xs">
        Export Markdown
      </Button>
      {mayAcknowledge && incident.state === 'open' && (
        <Button size="xs" loading={command.isPending} onClick={() => command.mutate()}>
          Acknowledge
        </Button>
      )}
    </>
  );
}

/** The service page around the incident, frozen. */
function frozenPath(incident: IncidentView, labels: IncidentView['alerts'][number]['labels']): string | null {
  const { environment = incident.environment, cluster, service } = labels;
  if (cluster === undefined || service === undefined) {
    return null;
  }
  const range = fixedRange({ from: incident.openedAt - BEFORE_MS, to: incident.resolvedAt ?? Date.now() });
  return `/service/${[environment, cluster, service].map(encodeURIComponent).join('/')}?${new URLSearchParams({ ...range })}`;
}

function IncidentAlerts({ incident }: IncidentProps) {
  return (
    <section>
      <h2>Alerts</h2>
      <ul className={cx(classes.alerts)} aria-label="Alerts of this incident">
        {incident.alerts.map(({ fingerprint, name, labels, firing, firedAt, resolvedAt }) => {
          const path = frozenPath(incident, labels);
          return (
            <li key={fingerprint}>
              <p className={cx(classes.alert)}>
                <strong>{name}</strong>
                <span className={cx(firing && classes.firing)}>{firing ? 'firing' : 'resolved'}</span>
              </p>
              <p className={cx(classes.dim)}>
                <Duration from={firedAt} to={resolvedAt} /> since <Instant at={firedAt} />
              </p>
              <Labels labels={labels} without={['alertname', 'severity', 'environment']} limit={2} />
              {path !== null && (
                <Link to={path} className={cx(classes.link)}>
                  Charts of {labels.service} then
                </Link>
              )}
            </li>
          );
        })}
      </ul>
    </section>
  );
}
