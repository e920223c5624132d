import type { Tile } from '@tila/contract/overview.ts';
import { memo } from 'react';
import { Link } from 'react-router';
import type { ValueRange } from '../../charts/axis.ts';
import { Sparkline } from '../../charts/sparkline.tsx';
import { formatValue, unitOf } from '../../charts/units.ts';
import { Age, Since, UpTo } from '../../time/times.tsx';
import { BreakableName } from '../../ui/breakable-name.tsx';
import { cx } from '../../ui/cx.ts';
import { statusClass } from '../../ui/status.ts';
import { StatusMark } from '../../ui/status-mark.tsx';
import classes from './overview-tile.module.css';
import { isCopying } from './tile-order.ts';

export interface OverviewTileProps {
  readonly tile: Tile;
  /** The row's common y-scale. */
  readonly scale: ValueRange | null;
  /** Say which cluster, when the cell holds more than one. */
  readonly showCluster: boolean;
  /** Say which service, when no row does. */
  readonly showService?: boolean;
}

/** "/service/prod/prod-core/payments" */
function servicePath({ environment, cluster, service }: Tile): string {
  return `/service/${[environment, cluster, service].map(encodeURIComponent).join('/')}`;
}

function lastValue(tile: Tile): number | null {
  return tile.sparkline.points.findLast(([, value]) => value !== null)?.[1] ?? null;
}

function overlaysOf({ acknowledged, firing, silenced, inhibited }: Tile): readonly string[] {
  const isQuiet = firing > 0 && silenced + inhibited === firing;
  return [
    ...(acknowledged && !isQuiet ? ['◇ acknowledged'] : []),
    ...(silenced > 0 ? [`▽ ${silenced} silenced`] : []),
    ...(inhibited > 0 ? [`${inhibited} inhibited`] : []),
  ];
}

/** What the status does not say already. */
function reasonOf({ status, reason }: Tile): string {
  return status === 'ok' && reason === 'nothing fires' ? '' : reason;
}

/** How old the newest sample is; while history is copied that says nothing. */
function ageOf(tile: Tile) {
  if (tile.newestSampleAt === null) {
    return 'never seen';
  }
  return isCopying(tile) ? null : <Age at={tile.newestSampleAt} />;
}

/** One service in one environment: what, why, since when, how fresh. Renders again only when its tile changes. */
export const OverviewTile = memo(function OverviewTile({ tile, scale, showCluster, showService = false }: OverviewTileProps) {
  const overlays = overlaysOf(tile);
  const reason = reasonOf(tile);
  const value = lastValue(tile);
  const since = tile.status === 'ok' ? null : tile.since;
  return (
    <Link
      to={servicePath(tile)}
      className={cx(
        classes.tile,
        classes[statusClass(tile.status)],
        (tile.acknowledged || overlays.length > 0) && classes.dimmed,
      )}
    >
      <span className="tila-visually-hidden">
        {tile.service} {tile.environment}{' '}
      </span>
      <span className={cx(classes.top)}>
        {showService && (
          <strong className={cx(classes.service)} aria-hidden="true">
            {tile.service}
          </strong>
        )}
        <StatusMark status={tile.status} />
        <span className={cx(classes.value)}>{value === null ? '' : formatValue(value, unitOf(tile.sparkline.unit))}</span>
        <span className={cx(classes.age)}>{ageOf(tile)}</span>
      </span>
      {reason !== '' && (
        <span className={cx(classes.reason)} title={reason}>
          <BreakableName text={reason} />
        </span>
      )}
      {(since !== null || showCluster || overlays.length > 0) && (
        <span className={cx(classes.foot)}>
          {showCluster && <span>{tile.cluster}</span>}
          {since !== null && (isCopying(tile) ? <UpTo at={since} /> : <Since at={since} />)}
          {overlays.map((overlay) => (
            <span key={overlay} className={cx(classes.overlay)}>
              {overlay}
            </span>
          ))}
        </span>
      )}
      <span className={cx(classes.line)} title={tile.sparkline.title}>
        <Sparkline points={tile.sparkline.points} scale={scale} height={18} />
      </span>
    </Link>
  );
});
