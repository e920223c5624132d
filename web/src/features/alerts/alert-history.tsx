import { useQuery } from '@tanstack/react-query';
import type { AlertHistoryEntry } from '@tila/contract/alerts.ts';
import { useZone } from '../../time/zone.tsx';
import { cx } from '../../ui/cx.ts';
import { Failure, Loading } from '../../ui/view-state.tsx';
import { formatNumber } from './alert-number.ts';
import classes from './alert-row.module.css';
import { alertHistory } from './queries.ts';

const SHOWN = 12;

export interface AlertHistoryProps {
  readonly fingerprint: string;
}

/** The last changes of an alert's state, the newest first. Asks when mounted. */
export function AlertHistory({ fingerprint }: AlertHistoryProps) {
  const query = useQuery(alertHistory(fingerprint));
  return (
    <section aria-label="History" className={cx(classes.history)}>
      {query.isPending && <Loading what="the history" rows={2} />}
      {query.error !== null && <Failure what="the history" error={query.error} onRetry={() => void query.refetch()} />}
      {query.data?.length === 0 && <p>No change of state is recorded.</p>}
      {query.data !== undefined && query.data.length > 0 && (
        <ol>
          {query.data.slice(0, SHOWN).map((entry) => (
            <Change key={`${entry.at} ${entry.to}`} entry={entry} />
          ))}
        </ol>
      )}
    </section>
  );
}

interface ChangeProps {
  readonly entry: AlertHistoryEntry;
}

function Change({ entry: { at, from, to, value } }: ChangeProps) {
  const { full } = useZone();
  return (
    <li>
      <time dateTime={new Date(at).toISOString()}>{full(at)}</time>
      <span>
        {from} <span aria-hidden="true">→</span>
        <span className="tila-visually-hidden">to</span> <strong>{to}</strong>
      </span>
      {value !== null && <span>at {formatNumber(value)}</span>}
    </li>
  );
}
