import { Button } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import type { SilenceView } from '@tila/contract/silences.ts';
import { useState } from 'react';
import { allows, useSession } from '../../api/session.ts';
import { Instant } from '../../time/times.tsx';
import { cx } from '../../ui/cx.ts';
import { Page } from '../../ui/page.tsx';
import table from '../../ui/table.module.css';
import { Empty, Failure, Loading } from '../../ui/view-state.tsx';
import { formatMatcher } from './alert-groups.ts';
import { expireSilence, silences } from './queries.ts';
import { SilenceDialog } from './silence-dialog.tsx';

const ORDER = ['active', 'pending', 'expired'];

/** Who quieted what, until when, and why. */
export function SilencesPage() {
  const query = useQuery(silences());
  const session = useSession();
  const [creating, setCreating] = useState(false);
  const may = allows(session, 'responder');
  const all = (query.data ?? []).toSorted((a, b) => ORDER.indexOf(a.status.state) - ORDER.indexOf(b.status.state));
  return (
    <Page
      title="Silences"
      summary={`${all.filter(({ status }) => status.state === 'active').length} active`}
      actions={
        may && (
          <Button size="xs" onClick={() => setCreating(true)}>
            New silence
          </Button>
        )
      }
    >
      {query.isPending && <Loading what="silences" />}
      {query.error !== null && <Failure what="silences" error={query.error} onRetry={() => void query.refetch()} />}
      {query.data !== undefined && all.length === 0 && (
        <Empty title="Nothing is silenced">Silence an alert from the Alerts page, or make a silence here.</Empty>
      )}
      {all.length > 0 && <SilenceTable silences={all} mayExpire={may} />}
      {creating && <SilenceDialog matchers={[]} onClose={() => setCreating(false)} />}
    </Page>
  );
}

interface SilenceTableProps {
  readonly silences: readonly SilenceView[];
  readonly mayExpire: boolean;
}

function SilenceTable({ silences: shown, mayExpire }: SilenceTableProps) {
  const queries = useQueryClient();
  const command = useMutation({
    mutationFn: expireSilence,
    onSuccess: () => queries.invalidateQueries({ queryKey: ['silences'] }),
  });
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard
    <section className={cx(table.scroll)} aria-label="Silences" tabIndex={0}>
      <table className={cx(table.table)}>
        <thead>
          <tr>
            {['State', 'Matchers', 'Ends', 'Why', 'By', ''].map((head) => (
              <th key={head} scope="col">
                {head === '' ? <span className="tila-visually-hidden">Actions</span> : head}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {shown.map((silence) => (
            <tr key={silence.id}>
              <td>{silence.status.state}</td>
              <td className={cx(table.mono, table.roomy)}>
                {silence.matchers.map(formatMatcher).map((matcher) => (
                  <div key={matcher}>{matcher}</div>
                ))}
              </td>
              <td className={cx(table.whole)}>
                <Instant at={Date.parse(silence.endsAt)} />
              </td>
              <td className={cx(table.roomy)}>{silence.comment}</td>
              <td className={cx(table.whole)}>{silence.createdBy}</td>
              <td>
                {mayExpire && silence.status.state !== 'expired' && (
                  <Button
                    size="compact-xs"
                    variant="default"
                    loading={command.variables === silence.id && command.isPending}
                    onClick={() => command.mutate(silence.id)}
                  >
                    Expire
                  </Button>
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
