import type { SourceView } from '@tila/contract/sources.ts';
import { useMemo } from 'react';
import { formatValue } from '../../charts/units.ts';
import { useTopic } from '../../live/use-topic.ts';
import { Age, Instant } from '../../time/times.tsx';
import { cx } from '../../ui/cx.ts';
import { formatDuration } from '../../ui/duration.ts';
import { HealthMark } from '../../ui/health-mark.tsx';
import { Page } from '../../ui/page.tsx';
import { Empty, Failure, Loading } from '../../ui/view-state.tsx';
import classes from './sources-page.module.css';
import { TargetsTable } from './targets-table.tsx';

const SEED = { path: '/api/sources', keyOf: ({ source }: SourceView) => source };
const ORDER = ['error', 'stale', 'no data', 'ok'];

/** Where the data comes from, how late it is, and what went wrong last. */
export function SourcesPage() {
  const { items, error, retry } = useTopic({ kind: 'sources' }, SEED);
  const all = useMemo(
    () =>
      Object.values(items ?? {}).sort(
        (a, b) => ORDER.indexOf(a.state) - ORDER.indexOf(b.state) || a.source.localeCompare(b.source),
      ),
    [items],
  );
  return (
    <Page title="Sources" summary={summarize(all)}>
      {items === undefined && error === null && <Loading what="sources" />}
      {error !== null && <Failure what="sources" error={error} onRetry={retry} />}
      {items !== undefined && all.length === 0 && (
        <Empty title="No sources configured">
          Name your Prometheus servers or exporters under “sources” in tila.yaml and start again.
        </Empty>
      )}
      {all.map((source) => (
        <SourceCard key={source.source} source={source} />
      ))}
    </Page>
  );
}

/** While a gap is filled, a source that answers is on its way, and not yet fine. */
function isCopying({ state, backfill }: SourceView): boolean {
  return state === 'ok' && backfill !== null;
}

function summarize(sources: readonly SourceView[]): string {
  const bad = sources.filter(({ state }) => state !== 'ok').length;
  const copying = sources.filter(isCopying).length;
  const words = [
    ...(bad > 0 ? [`${bad} of ${sources.length} do not deliver`] : []),
    ...(copying > 0 ? [`${copying} of ${sources.length} copy history`] : []),
  ];
  return words.length === 0 ? `All ${sources.length} deliver` : words.join(', ');
}

interface SourceCardProps {
  readonly source: SourceView;
}

function SourceCard({ source }: SourceCardProps) {
  const up = source.targets.filter(({ health }) => health === 'up').length;
  return (
    <section className={cx(classes.card)} aria-label={`${source.source} ${source.state}`}>
      <header className={cx(classes.head)}>
        <h2>{source.source}</h2>
        <span className={cx(classes.kind)}>{source.kind}</span>
        <HealthMark health={isCopying(source) ? 'copying history' : source.state} />
      </header>
      <dl className={cx(classes.facts)}>
        <div>
          <dt>Lag</dt>
          <dd className={cx(source.lagMs !== null && source.lagMs > source.maxLagMs && classes.late)}>
            {source.lagMs === null ? 'unknown' : formatDuration(source.lagMs)}
            <small> of {formatDuration(source.maxLagMs)} allowed</small>
          </dd>
        </div>
        <div>
          <dt>Last success</dt>
          <dd>
            {source.lastSuccessAt === null ? (
              'never'
            ) : (
              <>
                <Age at={source.lastSuccessAt} /> ago
              </>
            )}
          </dd>
        </div>
        <div>
          <dt>Watermark</dt>
          <dd>{source.watermarkAt === null ? 'none yet' : <Instant at={source.watermarkAt} />}</dd>
        </div>
        <div>
          <dt>Samples</dt>
          <dd>
            {formatValue(source.samplesPerSecond, 'ops/s')}
            <small> · {formatValue(source.samplesTotal, 'count')} in all</small>
          </dd>
        </div>
        <div>
          <dt>Targets</dt>
          <dd>{source.targets.length === 0 ? 'none' : `${up} of ${source.targets.length} up`}</dd>
        </div>
      </dl>
      {source.lastError !== null && (
        <p className={cx(classes.error)}>
          {source.lastErrorAt !== null && (
            <>
              <Age at={source.lastErrorAt} /> ago:{' '}
            </>
          )}
          {source.lastError}
        </p>
      )}
      {source.backfill !== null && <Backfill {...source.backfill} />}
      {source.targets.length > 0 && (
        <details className={cx(classes.targets)}>
          <summary>Targets of {source.source}</summary>
          <TargetsTable source={source.source} targets={source.targets} />
        </details>
      )}
    </section>
  );
}

function Backfill({ fromAt, toAt, doneToAt }: NonNullable<SourceView['backfill']>) {
  const share = toAt > fromAt ? Math.min(1, Math.max(0, (doneToAt - fromAt) / (toAt - fromAt))) : 1;
  return (
    <p className={cx(classes.backfill)}>
      <label>
        <span>
          Filling the gap since <Instant at={fromAt} />: {Math.round(share * 100)} %
        </span>
        <progress value={share} max={1} />
      </label>
    </p>
  );
}
