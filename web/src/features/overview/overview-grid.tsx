import type { Tile } from '@tila/contract/overview.ts';
import { useMemo } from 'react';
import { valueRange } from '../../charts/series.ts';
import { cx } from '../../ui/cx.ts';
import { StatusGlyph } from '../../ui/status-mark.tsx';
import { EnvironmentHead } from './environment-head.tsx';
import classes from './overview-grid.module.css';
import { OverviewTile } from './overview-tile.tsx';
import { type OverviewRow, summarizeEnvironments, toRows } from './tile-order.ts';

export interface OverviewGridProps {
  readonly tiles: readonly Tile[];
  /** The hidden ones too, so that an environment's head tells the whole truth. */
  readonly all: readonly Tile[];
}

function scaleOf(row: OverviewRow) {
  return valueRange([...row.tiles.values()].flat().map((tile) => tile.sparkline));
}

/** The wide form: a table with a tile in each cell. */
export function OverviewGrid({ tiles, all }: OverviewGridProps) {
  const rows = useMemo(() => toRows(tiles), [tiles]);
  const environments = useMemo(() => {
    const shown = new Set(tiles.map((tile) => tile.environment));
    return summarizeEnvironments(all).filter(({ environment }) => shown.has(environment));
  }, [tiles, all]);
  return (
    <div className={cx(classes.scroll)}>
      <table className={cx(classes.grid)} aria-label="Services by environment">
        <thead>
          <tr>
            <th scope="col" className={cx(classes.corner)}>
              Service
            </th>
            {environments.map((summary) => (
              <th key={summary.environment} scope="col">
                <EnvironmentHead summary={summary} />
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => {
            const scale = scaleOf(row);
            return (
              <tr key={row.key}>
                <th scope="row">
                  <span className={cx(classes.service)}>
                    <StatusGlyph status={row.worst} />
                    {row.service}
                  </span>
                </th>
                {environments.map(({ environment }) => (
                  <Cell key={environment} tiles={row.tiles.get(environment) ?? []} scale={scale} />
                ))}
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}

interface CellProps {
  readonly tiles: readonly Tile[];
  readonly scale: ReturnType<typeof valueRange>;
}

function Cell({ tiles, scale }: CellProps) {
  return (
    <td>
      {tiles.map((tile) => (
        <OverviewTile
          key={tile.cluster}
          tile={tile}
          scale={scale === null ? null : { min: scale.min, max: scale.max }}
          showCluster={tiles.length > 1}
        />
      ))}
    </td>
  );
}
