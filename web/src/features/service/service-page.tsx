import { Button } from '@mantine/core';
import { useCallbackRef } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import type { AlertView } from '@tila/contract/alerts.ts';
import type { Tile } from '@tila/contract/overview.ts';
import { useEffect, useMemo, useState } from 'react';
import { Link, useParams } from 'react-router';
import type { Span } from '../../charts/axis.ts';
import { useTopic } from '../../live/use-topic.ts';
import { useNow } from '../../time/now.tsx';
import { fixedRange, resolveRange, zoomOut } from '../../time/range.ts';
import { RangePicker } from '../../time/range-picker.tsx';
import { Age, Since } from '../../time/times.tsx';
import { useRange } from '../../time/use-range.ts';
import { useZone } from '../../time/zone.tsx';
import { CopyButton } from '../../ui/copy-button.tsx';
import { cx } from '../../ui/cx.ts';
import { Icon } from '../../ui/icon.tsx';
import { Page } from '../../ui/page.tsx';
import { StatusMark } from '../../ui/status-mark.tsx';
import { isTyping } from '../../ui/typing.ts';
import { Empty, Failure, Loading, Strip } from '../../ui/view-state.tsx';
import { concerns, planPanels, type ServiceEntity } from './entity.ts';
import { Panels } from './panels.tsx';
import { serviceDashboards } from './queries.ts';
import { ServiceAlerts } from './service-alerts.tsx';
import classes from './service-page.module.css';

const NONE: readonly AlertView[] = [];

function useEntity(): ServiceEntity {
  const { environment = '', cluster = '', service = '' } = useParams();
  return useMemo(() => ({ environment, cluster, service }), [environment, cluster, service]);
}

function usePause(now: number) {
  const [pausedAt, setPausedAt] = useState<number | null>(null);
  const toggle = useCallbackRef(() => setPausedAt(pausedAt === null ? now : null));
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.key === 'p' && !isTyping(event.target) && !event.ctrlKey && !event.metaKey) {
        toggle();
      }
    };
    document.addEventListener('keydown', onKey);
    return () => document.removeEventListener('keydown', onKey);
  }, [toggle]);
  return { pausedAt, toggle };
}

/** One service in one cluster: its state, its alerts, its panels. */
export function ServicePage() {
  const entity = useEntity();
  const now = useNow();
  const { zone } = useZone();
  const { range: text, setRange } = useRange();
  const range = resolveRange(text, now, zone);
  const dashboards = useQuery(serviceDashboards(entity));
  const tiles = useTopic({ kind: 'overview' });
  const allAlerts = useTopic({ kind: 'alerts' });
  const { pausedAt, toggle } = usePause(now);
  const tile = tiles.items?.[`${entity.environment}/${entity.cluster}/${entity.service}`];
  const alerts = useMemo(
    () =>
      allAlerts.items === undefined ? NONE : Object.values(allAlerts.items).filter(({ labels }) => concerns(labels, entity)),
    [allAlerts.items, entity],
  );
  const panels = useMemo(() => planPanels(dashboards.data ?? [], entity), [dashboards.data, entity]);
  const onZoom = useCallbackRef((span: Span) => setRange(fixedRange(span)));
  const onZoomOut = useCallbackRef(() => {
    if (range !== null) {
      setRange(zoomOut(range, now));
    }
  });
  const frozenLink = () => {
    const fixed = new URLSearchParams(range === null ? {} : { ...fixedRange(range) });
    return `${location.origin}${location.pathname}?${fixed}`;
  };
  return (
    <Page
      title={`${entity.service} · ${entity.environment}`}
      heading={<Heading entity={entity} tile={tile} />}
      actions={
        <>
          <CopyButton label="Copy frozen link" text={frozenLink} />
          <Button variant="default" size="xs" onClick={onZoomOut}>
            Zoom out
          </Button>
          <RangePicker range={text} onChange={setRange} />
          {range?.kind !== 'fixed' && (
            <Button
              variant="default"
              size="xs"
              leftSection={<Icon name={pausedAt === null ? 'pause' : 'play'} />}
              onClick={toggle}
            >
              {pausedAt === null ? 'Pause' : 'Play'}
            </Button>
          )}
          <RangeKindPill kind={range?.kind ?? null} paused={pausedAt !== null} />
        </>
      }
    >
      {tile !== undefined && tile.status === 'stale' && (
        <Strip tone="stale">This service is stale: {tile.reason}. What you see is the last state known.</Strip>
      )}
      <ServiceAlerts alerts={alerts} />
      {range === null && (
        <Strip tone="warning">
          The range “{text.from}” to “{text.to}” cannot be read. Choose another.
        </Strip>
      )}
      {dashboards.isPending && <Loading what="the panels" />}
      {dashboards.error !== null && (
        <Failure what="the panels" error={dashboards.error} onRetry={() => void dashboards.refetch()} />
      )}
      {dashboards.data !== undefined && panels.length === 0 && (
        <Empty title="No panels for this service">
          A file in dashboards/ with “for: service” appears here when one of its “when” expressions has a result.
        </Empty>
      )}
      {range !== null && panels.length > 0 && (
        <Panels
          panels={panels}
          range={range}
          pausedAt={pausedAt}
          alerts={alerts}
          now={now}
          onZoom={onZoom}
          onZoomOut={onZoomOut}
        />
      )}
    </Page>
  );
}

interface HeadingProps {
  readonly entity: ServiceEntity;
  readonly tile: Tile | undefined;
}

function Heading({ entity, tile }: HeadingProps) {
  return (
    <>
      <nav aria-label="Breadcrumb" className={cx(classes.crumbs)}>
        <Link to="/">Overview</Link>
        <span aria-hidden="true">/</span>
        <Link to={`/?q=${encodeURIComponent(entity.environment)}`}>{entity.environment}</Link>
        <span aria-hidden="true">/</span>
        <Link to={`/?q=${encodeURIComponent(entity.cluster)}`}>{entity.cluster}</Link>
      </nav>
      <div className={cx(classes.title)}>
        <h1>{entity.service}</h1>
        {tile !== undefined && (
          <span className={cx(classes.status)}>
            <StatusMark status={tile.status} />
            {tile.reason !== '' && <span>{tile.reason}</span>}
            {tile.since !== null && tile.status !== 'ok' && <Since at={tile.since} />}
            {tile.newestSampleAt !== null && (
              <span className={cx(classes.age)}>
                data <Age at={tile.newestSampleAt} /> old
              </span>
            )}
          </span>
        )}
      </div>
    </>
  );
}

interface RangeKindPillProps {
  readonly kind: 'sliding' | 'growing' | 'fixed' | null;
  readonly paused: boolean;
}

const KIND_WORDS = { sliding: 'Live · sliding', growing: 'Live · growing', fixed: 'Historical · fixed' } as const;

function RangeKindPill({ kind, paused }: RangeKindPillProps) {
  if (kind === null || paused) {
    return null;
  }
  return <span className={cx(classes.pill, kind === 'fixed' && classes.fixed)}>{KIND_WORDS[kind]}</span>;
}
