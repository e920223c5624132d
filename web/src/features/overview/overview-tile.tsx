import type { Tile } from '@tila/contract/overview.ts';
import { memo } from 'react';
import { Link } from 'react-router';
import type { ValueRange } from '../../charts/axis.ts';
import { Sparkline } from '../../charts/sparkline.tsx';
import { formatValue, unitOf } from '../../charts/units.ts';
import { Age, Since } from '../../time/times.tsx';
import { cx } from '../../ui/cx.ts';
import { statusClass } from '../../ui/status.ts';
import { StatusMark } from '../../ui/status-mark.tsx';
import classes from './overview-tile.module.css';

export interface OverviewTileProps {
  readonly tile: Tile;
  /** The row's common y-scale. */
  readonly scale: ValueRange | null;
  /** Say which cluster, when the cell holds more than one. */
  readonly showCluster: boolean;
}

/** "/service/prod/prod-core/payments" */
function servicePath({ environment, cluster, service }: Tile): string {
  return `/service/${[environment, cluster, service].map(encodeURIComponent).join('/')}`;
}

function lastValue(tile: Tile): number | null {
  return tile.sparkline.points.findLast(([, value]) => value !== null)?.[1] ?? null;
}

function overlayOf(tile: Tile): string | null {
  if (tile.acknowledged) {
    return 'acknowledged';
  }
  return tile.silenced > 0 ? `${tile.silenced} silenced` : null;
}

/** One service in one environment: what, why, since when, how fresh. Renders again only when its tile changes. */
export const OverviewTile = memo(function OverviewTile({ tile, scale, showCluster }: OverviewTileProps) {
  const overlay = overlayOf(tile);
  const value = lastValue(tile);
  return (
    <Link
      to={servicePath(tile)}
      className={cx(classes.tile, classes[statusClass(tile.status)], overlay !== null && classes.dimmed)}
    >
      <span className="tila-visually-hidden">
        {tile.service} {tile.environment}{' '}
      </span>
      <span className={cx(classes.top)}>
        <StatusMark status={tile.status} />
        <span className={cx(classes.age)}>{tile.newestSampleAt === null ? 'never seen' : <Age at={tile.newestSampleAt} />}</span>
      </span>
      {tile.reason !== '' && (
        <span className={cx(classes.reason)} title={tile.reason}>
          {tile.reason}
        </span>
      )}
      <span className={cx(classes.bottom)}>
        <span className={cx(classes.line)} title={tile.sparkline.title}>
          <Sparkline points={tile.sparkline.points} scale={scale} height={20} />
        </span>
        <span className={cx(classes.value)}>{value === null ? '' : formatValue(value, unitOf(tile.sparkline.unit))}</span>
      </span>
      {(tile.since !== null || showCluster || overlay !== null) && (
        <span className={cx(classes.foot)}>
          {showCluster && <span>{tile.cluster}</span>}
          {tile.since !== null && tile.status !== 'ok' && <Since at={tile.since} />}
          {overlay !== null && <span className={cx(classes.overlay)}>{overlay}</span>}
        </span>
      )}
    </Link>
  );
});
