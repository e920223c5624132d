import { Switch } from '@mantine/core';
import { useMemo } from 'react';
import { Link, useSearchParams } from 'react-router';
import { useConnection } from '../../live/live-provider.tsx';
import { useTopic } from '../../live/use-topic.ts';
import { cx } from '../../ui/cx.ts';
import { Page } from '../../ui/page.tsx';
import { SearchField } from '../../ui/search-field.tsx';
import { Empty, Failure, Loading, Strip } from '../../ui/view-state.tsx';
import { OverviewGrid } from './overview-grid.tsx';
import { OverviewList } from './overview-list.tsx';
import classes from './overview-page.module.css';
import { isCopying, isProblem, matchesSearch } from './tile-order.ts';
import { useNarrow } from './use-narrow.ts';

const SEED = {
  path: '/api/overview',
  keyOf: (tile: { environment: string; cluster: string; service: string }) =>
    `${tile.environment}/${tile.cluster}/${tile.service}`,
};

/** Who is bad, since when, why: environments across, services down, worst first. */
export function OverviewPage() {
  const { items, error, retry } = useTopic({ kind: 'overview' }, SEED);
  const [search, setSearch] = useSearchParams();
  const narrow = useNarrow();
  const connection = useConnection();
  const text = search.get('q') ?? '';
  const onlyProblems = search.get('problems') === '1';
  const all = useMemo(() => Object.values(items ?? {}), [items]);
  const shown = useMemo(
    () => all.filter((tile) => matchesSearch(tile, text) && (!onlyProblems || isProblem(tile))),
    [all, text, onlyProblems],
  );
  const change = (name: string, value: string) =>
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
  const copying = all.filter(isCopying).length;
  const problems = all.filter(isProblem).length - copying;
  const hidden = all.length - shown.length;
  return (
    <Page
      title="Overview"
      summary={
        <span>
          {problems === 0 ? 'No problems' : `${problems} with problems`} of {all.length} services
          {hidden > 0 && <span className={cx(classes.hidden)}> · {hidden} hidden</span>}
        </span>
      }
      actions={
        <>
          <Switch
            label="Only problems"
            size="xs"
            checked={onlyProblems}
            onChange={(event) => change('problems', event.currentTarget.checked ? '1' : '')}
          />
          <SearchField label="Search services" value={text} onChange={(value) => change('q', value)} />
        </>
      }
    >
      {items === undefined && error === null && <Loading what="the overview" rows={8} />}
      {error !== null && <Failure what="the overview" error={error} onRetry={retry} />}
      {copying > 0 && (
        <Strip tone="stale">
          {copying} {copying === 1 ? 'service waits' : 'services wait'} for history that is being copied.{' '}
          <Link to="/sources" className={cx(classes.link)}>
            How far it is
          </Link>
        </Strip>
      )}
      {items !== undefined && all.length === 0 && (
        <Empty title="No services yet">
          Tila lists a service as soon as a series carries environment and service labels. Check on the Sources page that a source
          is delivering.
        </Empty>
      )}
      {all.length > 0 && shown.length === 0 && (
        <Empty title={onlyProblems && text === '' ? 'Nothing needs you' : 'Nothing matches'}>
          {hidden} {hidden === 1 ? 'service is' : 'services are'} hidden by the {onlyProblems ? 'only-problems filter' : 'search'}
          .
        </Empty>
      )}
      {shown.length > 0 && (
        <div className={cx(classes.tiles, connection === 'reconnecting' && classes.disconnected)}>
          {narrow ? <OverviewList tiles={shown} all={all} /> : <OverviewGrid tiles={shown} all={all} />}
        </div>
      )}
    </Page>
  );
}
